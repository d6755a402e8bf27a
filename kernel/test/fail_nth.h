/* /dev/fail-nth, if the word `fail-nth` stands on the command line: a program sees what its system calls make
 * of a shortage of memory, one allocation after the other. After Linux's /proc/self/fail-nth.
 *
 * Writing a decimal number N lets the Nth of the kernel's allocations in the writing thread fail, from then
 * on, or with " all" behind it the Nth of all threads; 0 lets none fail. The last write counts, whoever's it
 * was. Reading gives a line of numbers: what is left of
 * N, 0 if it has happened or if none was to fail; free frames; objects, threads, and kernel stacks in use.
 * These are exact: what caches hold is given back first. Only root may open it. */
#ifndef LINTEL_TEST_FAIL_NTH_H
#define LINTEL_TEST_FAIL_NTH_H

/* Add the device, if it is asked for. Errors: those of devices_add(). Context: early boot, once, before
 * root_setup(). */
int fail_nth_setup(void);

#endif
