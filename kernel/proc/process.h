/* The program in ring 3. In this version there is one, PID 1, which the bootloader brought along; it may have
 * several threads. */
#ifndef LINTEL_PROC_PROCESS_H
#define LINTEL_PROC_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "boot_info.h"

struct trap_frame;

/* How a program ended. */
struct process_end {
    bool is_fault;
    int status; /* exit status 0..255, or the signal number that a fault stands for */
};

/* Called when PID 1 has ended, in its last thread, with interrupts enabled. What it leaves undone, that
 * thread does: nothing, for ever. Registered by main.c, since it decides what becomes of the machine. */
typedef void (*process_first_end_handler)(struct process_end end);

/* Build PID 1 from utask as the bootloader loaded it: address space, stack with the arguments behind
 * `--` of the command line. Nothing runs yet. `seed` is 16 random bytes for AT_RANDOM.
 * Too many arguments are logged and left out. Errors: -ENOMEM, -EINVAL (the image's addresses make no sense).
 * Context: early boot. */
int process_create_first(const struct boot_info *boot, const void *seed, process_first_end_handler ended);

/* Let PID 1 run, in a thread of its own: it logs the mark `first-user` and leaves for ring 3. Errors:
 * -ENOMEM. Context: after process_create_first() and sched_setup(). */
int process_start_first(void);

/* Start another thread of the calling thread's program: it begins with the registers of `frame`, but for
 * RAX, which is 0, RSP, which is stack_pointer unless that is 0, and the start of its FS segment.
 * Returns its thread ID. Errors: -ENOMEM, -EAGAIN (the program is ending). Context: system call. */
int64_t process_start_thread(const struct trap_frame *frame, uint64_t stack_pointer, uint64_t fs_base);

/* IDs of the program and of the thread that call. Context: system call. */
int process_current_id(void);
int process_current_thread_id(void);

/* True when the calling thread's program is ending: whatever it waits for, it should stop waiting. */
bool process_is_ending(void);

/* End the calling thread, or all threads of its program, with that exit status. The program ends with its
 * last thread, with the status of the call that ended all, else with that of the last thread. Context: system
 * call. */
_Noreturn void process_exit_thread(int status);
_Noreturn void process_exit(int status);

#endif
