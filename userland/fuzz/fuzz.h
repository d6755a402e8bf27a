/* Random system calls: what the parts of the program share. */
#ifndef LINTEL_USERLAND_FUZZ_H
#define LINTEL_USERLAND_FUZZ_H

#include <stdint.h>
#include <stdio.h>

#define PAGE 4096
#define ARENA ((char *)0x10000000)
#define ARENA_PAGES 16 /* and nothing behind it */
#define READ_ONLY ((char *)0x11000000)
#define FOLDER "/tmp/fuzz"

#define SLOTS_MAX 8   /* processes that run at a time, not counting what they start */
#define LAST_CALLS 16 /* calls of each that can be told when it does not end */

#define CALL_NUMBERS_MAX 512

struct made_call {
    int number;
    uint64_t arguments[6];
    long result;
    int has_returned;
};

/* In memory that all processes share. */
struct record {
    long done;                                  /* calls made by all */
    unsigned char has_passed[CALL_NUMBERS_MAX]; /* by number: whether it was ever answered without an error */
    struct {
        unsigned count;
        struct made_call last[LAST_CALLS]; /* `count` modulo LAST_CALLS comes next */
    } slots[SLOTS_MAX];
};

/* random.c: each thread has its own numbers, which begin with the seed. */
void random_start(uint64_t seed);
void random_split(uint64_t number); /* in a new process, so that it goes another way than its parent */
uint64_t random_number(void);
uint64_t below(uint64_t limit);

/* arguments.c */
void arguments_collect_paths(void); /* below /dev, /proc and /sys, before anything else */
uint64_t some_argument(char kind);
uint64_t some_process(void);
uint64_t some_path(void);
void fill_arena(void);

/* improve.c: choose those of the call `number` anew that are hardly ever right by chance. */
void improve_arguments(int number, uint64_t arguments[6]);

/* calls.c: a process that makes `count` calls, from now on; it does not return. */
void calls_run_process(uint64_t seed, int number, unsigned slot, long count, struct record *record);
/* The names of the calls that have always been answered with an error: they are not tested well. */
void calls_print_refused(const struct record *record);

void calls_print_last(const struct record *record, unsigned slot);

#endif
