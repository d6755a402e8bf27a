/* The end of the kernel: it says why, on what, and how it got there, on every sink.
 * Only for what cannot happen unless the kernel or the machine is broken. */
#ifndef LINTEL_CORE_PANIC_H
#define LINTEL_CORE_PANIC_H

#include <stdint.h>

struct trap_frame;

/* Print the message, a backtrace with function names, and the last log lines; then do as the word
 * `panic=halt|poweroff|restart|debug-exit` says. Context: any. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a trap: with the registers, and the backtrace of the interrupted code. */
_Noreturn void panic_trap(const struct trap_frame *frame, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How a panic deals with the other CPUs. */
struct panic_cpus {
    void (*stop_others)(void);       /* waits until they have stopped, as long as is reasonable */
    void (*log_cpus)(void);          /* one line for each CPU: where it was */
    void (*stop_this)(uint64_t rip); /* does not return; log_cpus() shows rip */
};

/* Registered when other CPUs may come online. *operations must stay valid. */
void panic_set_cpus(const struct panic_cpus *operations);

/* What lies above and has a part in a panic: `begin` is called before anything is shown, to make it visible;
 * `end` afterwards, to end the machine; if it returns, the CPU stops. Context: early boot. */
void panic_set_handlers(void (*begin)(void), void (*end)(void));

#endif
