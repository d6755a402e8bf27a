/* There is one CPU: nobody calls it. */
#ifndef LINTEL_TESTS_STUB_IPI_H
#define LINTEL_TESTS_STUB_IPI_H

static inline void ipi_poll(void)
{
}

#endif
