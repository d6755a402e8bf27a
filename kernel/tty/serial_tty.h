/* ttyS0: the terminal at the serial line. */
#ifndef LINTEL_TTY_SERIAL_TTY_H
#define LINTEL_TTY_SERIAL_TTY_H

#include <stddef.h>

/* Put bytes out at the line, beside its own terminal. Context: thread.  Sleeps: for a moment. */
void serial_tty_show(const char *bytes, size_t length);

#endif
