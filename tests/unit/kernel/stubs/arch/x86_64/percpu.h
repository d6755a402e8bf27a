/* The real header, but for what reads this CPU's block: the test program defines those that the code under
 * test uses. */
#ifndef LINTEL_TESTS_STUB_PERCPU_H
#define LINTEL_TESTS_STUB_PERCPU_H

#define percpu_get real_percpu_get
#define percpu_current_thread real_percpu_current_thread
#define percpu_must_switch real_percpu_must_switch
#define percpu_set_must_switch real_percpu_set_must_switch
#include "kernel/arch/x86_64/percpu.h"
#undef percpu_get
#undef percpu_current_thread
#undef percpu_must_switch
#undef percpu_set_must_switch

struct percpu *percpu_get(void);
struct thread *percpu_current_thread(void);
bool percpu_must_switch(void);
void percpu_set_must_switch(bool is_set);

#endif
