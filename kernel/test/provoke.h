/* Exceptions on demand: `provoke=NAME` on the command line raises one in ring 0 at the end of the boot,
 * `provoke-early=NAME` one before memory, interrupt stacks and screen are set up, to show that it is caught,
 * told apart, and reported. docs/command-line.md lists the names. */
#ifndef LINTEL_TEST_PROVOKE_H
#define LINTEL_TEST_PROVOKE_H

/* Do what the word `option=` asks for; a name that is not known is logged. Returns only if there is no such
 * word or no such name. Context: boot, interrupts disabled. */
void provoke_as_asked(const char *option);

#endif
