/* What the file code needs of the kernel below it, on the host: mutexes that notice misuse, a thread that,
 * when it would block, lets the test act as the other side; a wall clock; a program's memory with a hole in
 * it. */
#ifndef LINTEL_TESTS_FAKE_FS_H
#define LINTEL_TESTS_FAKE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/path.h"

struct fake_fs {
    void (*when_blocked)(void); /* called by sched_block(); it must make something go on */
    unsigned wake_ups;
    unsigned mutexes_held;
    bool is_interrupted;
    uint64_t now_ns;
    uint64_t hole_start, hole_end;    /* of the program's memory: not mapped */
    struct memory_object *object_cut; /* what addr_space_cut_object() was called with, or _drop_object() */
    uint64_t object_cut_page, object_cut_end;
};

extern struct fake_fs fake_fs;

/* Physical memory, all caches, one tmpfs as root. fake_fs_end() checks that everything has been given back.
 */
void fake_fs_begin(void);
void fake_fs_end(void);

extern struct path_context fake_root;          /* starts at "/", as root */
extern struct credentials fake_credentials[2]; /* uid 0 and uid 1000 */

#endif
