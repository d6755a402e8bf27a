/* The program in ring 3. In this version there is one: PID 1, which the bootloader brought along. */
#ifndef LINTEL_PROC_PROCESS_H
#define LINTEL_PROC_PROCESS_H

#include <stdbool.h>

#include "boot_info.h"

/* How a program ended. */
struct process_end {
    bool is_fault;
    int status; /* exit status 0..255, or the signal number that a fault stands for */
};

/* Called when PID 1 has ended, on its kernel stack, with the kernel's own page table loaded and
 * interrupts enabled. It must not return. Registered by main.c, since it decides what becomes of the machine.
 */
typedef void (*process_first_end_handler)(struct process_end end);

/* Build PID 1 from utask as the bootloader loaded it: address space, stack with the arguments behind
 * `--` of the command line, kernel stack. Nothing runs yet. `seed` is 16 random bytes for AT_RANDOM.
 * Too many arguments are logged and left out. Errors: -ENOMEM, -EINVAL (the image's addresses make no sense).
 * Context: early boot. */
int process_create_first(const struct boot_info *boot, const void *seed, process_first_end_handler ended);

/* Enter PID 1 for the first time: log the mark `first-user` and leave for ring 3. Context: the end of boot.
 */
_Noreturn void process_enter_first(void);

/* Process ID of the program that runs on this CPU. Context: system call. */
int process_current_id(void);

/* End the program that runs on this CPU with that exit status. Context: system call. */
_Noreturn void process_exit(int status);

#endif
