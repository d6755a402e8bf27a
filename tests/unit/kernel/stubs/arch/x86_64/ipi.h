/* There is one CPU: nobody calls it. What asks others to call, the test program defines. */
#ifndef LINTEL_TESTS_STUB_IPI_H
#define LINTEL_TESTS_STUB_IPI_H

struct cpu_set;

static inline void ipi_poll(void)
{
}

void ipi_call(const struct cpu_set *cpus, void (*function)(void *argument), void *argument);

#endif
