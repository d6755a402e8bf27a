/* Terminals of the Linux ABI: x86-64 values of include/uapi/asm-generic/termbits.h, ioctls.h, termios.h. */
#ifndef LINTEL_COMMON_ABI_TTY_H
#define LINTEL_COMMON_ABI_TTY_H

#include <stdint.h>

#define NCCS 19

/* struct termios of the kernel's ABI (TCGETS), not the C library's. */
struct termios {
    uint32_t iflag;
    uint32_t oflag;
    uint32_t cflag;
    uint32_t lflag;
    uint8_t line;
    uint8_t cc[NCCS];
};

_Static_assert(sizeof(struct termios) == 36, "struct termios of the x86-64 ABI");

struct winsize {
    uint16_t rows;
    uint16_t columns;
    uint16_t width_pixels;
    uint16_t height_pixels;
};

_Static_assert(sizeof(struct winsize) == 8, "struct winsize of the x86-64 ABI");

#endif
