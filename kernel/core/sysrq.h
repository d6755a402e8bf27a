/* Keys that ask the kernel what it does while it may not answer otherwise: a break on the serial line, and
 * within 5 s one key. Named after the key that Linux takes for it. docs/command-line.md lists the keys; each
 * layer adds those about itself. They are served in the interrupt that brought them. */
#ifndef LINTEL_CORE_SYSRQ_H
#define LINTEL_CORE_SYSRQ_H

#include <stdbool.h>

#define SYSRQ_WAIT_NS 5000000000ull

struct trap_frame;

struct sysrq_key {
    char key;
    const char *help;
    /* frame: what was interrupted, NULL if nothing was. Context: interrupt or thread. It may log, and may
     * take long, but it must neither sleep nor wait without a bound for anything that a hung CPU may hold. */
    void (*act)(const struct trap_frame *frame);
    struct sysrq_key *next; /* the table's */
};

/* Add a key that nobody else has. *key must stay valid. Context: boot. */
void sysrq_add(struct sysrq_key *key);

/* A break came in; returns whether it was taken, which a second one is not. Context: the input device's
 * interrupt; one device only has a break. */
bool sysrq_break(void);

/* A character came in from the same device; if it follows a break, its key is served. Returns whether it was
 * taken: then it is no input for anybody else. Context: as sysrq_break(). */
bool sysrq_receive(char character, const struct trap_frame *frame);

/* Serve a key; one that does not exist logs what keys there are. What it logs at level information is shown,
 * whatever the console's level is. Context: as sysrq_key.act. */
void sysrq_press(char character, const struct trap_frame *frame);

#endif
