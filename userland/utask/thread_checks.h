/* Checks of the calls that make threads and let them wait. */
#ifndef LINTEL_UTASK_THREAD_CHECKS_H
#define LINTEL_UTASK_THREAD_CHECKS_H

void check_sleep(void);
void check_threads(void);

#endif
