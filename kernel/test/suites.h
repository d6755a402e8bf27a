/* The suites that test.h chooses from; each is one file of this folder, whose first lines say what it claims.
 * The names for the command line are in suites.c. */
#ifndef LINTEL_TEST_SUITES_H
#define LINTEL_TEST_SUITES_H

void test_turns(void);
void test_round_robin(void);
void test_create_join(void);
void test_wake_storm(void);
void test_sleep(void);
void test_ping_pong(void);
void test_priority(void);
void test_nice(void);
void test_affinity(void);
void test_fpu(void);
void test_lock_torture(void);
void test_tlb(void);
void test_stealing(void);
void test_out_of_memory(void);
void test_timer(void);
void test_idle(void);

#endif
