/* Interrupts from CPU to CPU: reschedule, call a function, stop for a panic.
 *
 * Calls cannot deadlock: whoever waits with interrupts disabled for another CPU (in ipi_call(), or for a spin
 * lock that the other CPU may hold while it calls) serves the calls made to it meanwhile, by ipi_poll(). So a
 * called function may run in the middle of any code that has interrupts disabled, and must neither take a
 * lock, nor sleep, nor call others. */
#ifndef LINTEL_ARCH_IPI_H
#define LINTEL_ARCH_IPI_H

#include <stdbool.h>
#include <stdint.h>

struct cpu_set;
struct trap_frame;

/* Take the vectors, and tell core/panic how to stop the other CPUs. TRAP_VECTOR_RESCHEDULE does nothing but
 * end a HLT until somebody takes that vector. Context: early boot, once, after lapic_setup(). */
void ipi_setup(void);

/* Send an interrupt to an online CPU, which may be the caller's. Context: any. */
void ipi_send(unsigned cpu, unsigned vector);

/* Call function(argument) once on each online CPU of the set, the caller's included if it is in it, and
 * return when all have. The function runs with interrupts disabled; all that the caller wrote before is seen
 * by it, and all that it wrote is seen by the caller. Context: any but NMI and a called function.  Sleeps:
 * no. */
void ipi_call(const struct cpu_set *cpus, void (*function)(void *argument), void *argument);

/* Serve the calls that other CPUs made to this one; cheap if there are none. Context: interrupts disabled. */
void ipi_poll(void);

/* Stop all other CPUs for good: the machine is about to be switched off. Of several CPUs that call this at
 * the same time one returns. Whatever locks the others held stay held. Context: interrupts disabled. */
void ipi_stop_others(void);

/* If a panic has asked this CPU to stop, do so. Context: NMI. */
void ipi_stop_if_asked(const struct trap_frame *frame);

#endif
