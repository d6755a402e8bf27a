/* A program for ring 3: USER_PROGRAM_LINES times it prints `-- ring 3 --` and works until another thread has
 * taken a turn or none is left, then it counts itself out and ends by UD2. */
#ifndef LINTEL_TEST_USER_PROGRAM_H
#define LINTEL_TEST_USER_PROGRAM_H

#define USER_PROGRAM_CODE 0x400000   /* where its code is mapped, a page */
#define USER_PROGRAM_SHARED 0x401000 /* and what it shares with the kernel's threads, likewise */
#define USER_PROGRAM_LINES 4

#define USER_PROGRAM_SHARED_TURNS 0
#define USER_PROGRAM_SHARED_THREADS 4

#ifndef __ASSEMBLER__
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct user_program_shared {
    atomic_uint turns;   /* that others have taken */
    atomic_uint threads; /* that have lines left to print */
};

_Static_assert(offsetof(struct user_program_shared, turns) == USER_PROGRAM_SHARED_TURNS, "assembly uses it");
_Static_assert(offsetof(struct user_program_shared, threads) == USER_PROGRAM_SHARED_THREADS,
               "assembly uses it");

/* The code, which runs at any address, its size, and where in it the UD2 is. */
extern const char user_program[];
extern const uint32_t user_program_size, user_program_end_offset;
#endif

#endif
