/* Exceptions on demand: `provoke=NAME` on the command line raises one in ring 0, to show that it is
 * caught, told apart, and reported. docs/command-line.md lists the names. */
#ifndef LINTEL_TEST_PROVOKE_H
#define LINTEL_TEST_PROVOKE_H

/* Do what `provoke=` asks for; a name that is not known is logged. Returns if there is no such word
 * or the exception is one that is resumed.
 * Context: the end of boot, interrupts disabled. */
void provoke_as_asked(void);

#endif
