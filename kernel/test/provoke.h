/* Exceptions on demand: `provoke=NAME` on the command line raises one in ring 0 at the end of the boot,
 * `provoke-early=NAME` one before memory, interrupt stacks and screen are set up, to show that it is caught,
 * told apart, and reported. docs/command-line.md lists the names. */
#ifndef LINTEL_TEST_PROVOKE_H
#define LINTEL_TEST_PROVOKE_H

/* Do what the word `option=` asks for; a name that is not known is logged. Returns only if there is no such
 * word or no such name. Context: boot, interrupts disabled. */
void provoke_as_asked(const char *option);

/* Start the thread that `provoke-thread=NAME` asks for, on the CPU that came online last: `stuck` disables
 * interrupts for good, `hog` never lets another thread run there, which waits. For the watchdog.
 * Errors: -ENOMEM. Context: boot, after sched_start_others(). */
int provoke_thread_as_asked(void);

#endif
