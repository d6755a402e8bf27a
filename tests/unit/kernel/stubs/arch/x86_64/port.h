/* I/O ports: the test program says what is read and written. */
#ifndef LINTEL_TESTS_STUB_PORT_H
#define LINTEL_TESTS_STUB_PORT_H

#include <stdint.h>

uint8_t port_read8(uint16_t port);
uint32_t port_read32(uint16_t port);
void port_write8(uint16_t port, uint8_t value);

#endif
