/* What utask shows: where it runs, that it is interrupted, that it lives. */
#ifndef LINTEL_UTASK_SHOWS_H
#define LINTEL_UTASK_SHOWS_H

/* Print the ring and the addresses that this program runs at. */
void show_place(void);

/* Stay in a loop that makes no system call for a while; the kernel's timer interrupts it. */
void show_interruption(void);

/* Print `count` heartbeats, one a second, and sleep between them. */
void show_heartbeats(unsigned count);

#endif
