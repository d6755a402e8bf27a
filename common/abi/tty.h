/* Terminals of the Linux ABI: x86-64 values of include/uapi/asm-generic/termbits.h, ioctls.h, termios.h. */
#ifndef LINTEL_COMMON_ABI_TTY_H
#define LINTEL_COMMON_ABI_TTY_H

#include <stdint.h>

#define NCCS 19

/* c_cc: which character is what */
#define VINTR 0
#define VQUIT 1
#define VERASE 2
#define VKILL 3
#define VEOF 4
#define VTIME 5
#define VMIN 6
#define VSWTC 7
#define VSTART 8
#define VSTOP 9
#define VSUSP 10
#define VEOL 11
#define VREPRINT 12
#define VDISCARD 13
#define VWERASE 14
#define VLNEXT 15
#define VEOL2 16

/* c_iflag */
#define IGNBRK 0000001u
#define BRKINT 0000002u
#define IGNPAR 0000004u
#define PARMRK 0000010u
#define INPCK 0000020u
#define ISTRIP 0000040u
#define INLCR 0000100u
#define IGNCR 0000200u
#define ICRNL 0000400u
#define IUCLC 0001000u
#define IXON 0002000u
#define IXANY 0004000u
#define IXOFF 0010000u
#define IMAXBEL 0020000u
#define IUTF8 0040000u

/* c_oflag */
#define OPOST 0000001u
#define OLCUC 0000002u
#define ONLCR 0000004u
#define OCRNL 0000010u
#define ONOCR 0000020u
#define ONLRET 0000040u
#define TABDLY 0014000u
#define XTABS 0014000u

/* c_cflag */
#define CBAUD 0010017u
#define B0 0000000u
#define B38400 0000017u
#define B115200 0010002u
#define BOTHER 0010000u
#define CSIZE 0000060u
#define CS8 0000060u
#define CSTOPB 0000100u
#define CREAD 0000200u
#define PARENB 0000400u
#define PARODD 0001000u
#define HUPCL 0002000u
#define CLOCAL 0004000u
#define CIBAUD 002003600000u
#define CRTSCTS 020000000000u
#define IBSHIFT 16

/* c_lflag */
#define ISIG 0000001u
#define ICANON 0000002u
#define XCASE 0000004u
#define ECHO 0000010u
#define ECHOE 0000020u
#define ECHOK 0000040u
#define ECHONL 0000100u
#define NOFLSH 0000200u
#define TOSTOP 0000400u
#define ECHOCTL 0001000u
#define ECHOPRT 0002000u
#define ECHOKE 0004000u
#define FLUSHO 0010000u
#define PENDIN 0040000u
#define IEXTEN 0100000u
#define EXTPROC 0200000u

/* ioctl(): settings */
#define TCGETS 0x5401
#define TCSETS 0x5402
#define TCSETSW 0x5403
#define TCSETSF 0x5404
#define TCGETA 0x5405
#define TCSETA 0x5406
#define TCSETAW 0x5407
#define TCSETAF 0x5408
#define TCGETS2 0x802c542a
#define TCSETS2 0x402c542b
#define TCSETSW2 0x402c542c
#define TCSETSF2 0x402c542d
#define TIOCGSOFTCAR 0x5419
#define TIOCSSOFTCAR 0x541a
#define TIOCGETD 0x5424
#define TIOCSETD 0x5423
#define N_TTY 0

/* ioctl(): what is on its way */
#define TCSBRK 0x5409
#define TCXONC 0x540a
#define TCFLSH 0x540b
#define TCSBRKP 0x5425
#define TIOCSBRK 0x5427
#define TIOCCBRK 0x5428
#define TIOCOUTQ 0x5411
#define TIOCSTI 0x5412
#define TCOOFF 0
#define TCOON 1
#define TCIOFF 2
#define TCION 3
#define TCIFLUSH 0
#define TCOFLUSH 1
#define TCIOFLUSH 2

/* ioctl(): job control, size, and the rest */
#define TIOCEXCL 0x540c
#define TIOCNXCL 0x540d
#define TIOCGEXCL 0x80045440
#define TIOCSCTTY 0x540e
#define TIOCNOTTY 0x5422
#define TIOCGPGRP 0x540f
#define TIOCSPGRP 0x5410
#define TIOCGSID 0x5429
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define TIOCCONS 0x541d
#define TIOCGDEV 0x80045432
#define TIOCVHANGUP 0x5437
#define TIOCGLCKTRMIOS 0x5456
#define TIOCSLCKTRMIOS 0x5457

/* ioctl(): serial lines */
#define TIOCMGET 0x5415
#define TIOCMBIS 0x5416
#define TIOCMBIC 0x5417
#define TIOCMSET 0x5418
#define TIOCGSERIAL 0x541e
#define TIOCSSERIAL 0x541f
#define TIOCM_DTR 0x002
#define TIOCM_RTS 0x004
#define TIOCM_CTS 0x020
#define TIOCM_CAR 0x040
#define TIOCM_RNG 0x080
#define TIOCM_DSR 0x100

/* ioctl(): pseudoterminals */
#define TIOCPKT 0x5420
#define TIOCGPKT 0x80045438
#define TIOCGPTN 0x80045430
#define TIOCSPTLCK 0x40045431
#define TIOCGPTLCK 0x80045439
#define TIOCGPTPEER 0x5441
#define TIOCSIG 0x40045436
#define TIOCPKT_DATA 0
#define TIOCPKT_FLUSHREAD 1
#define TIOCPKT_FLUSHWRITE 2
#define TIOCPKT_STOP 4
#define TIOCPKT_START 8
#define TIOCPKT_NOSTOP 16
#define TIOCPKT_DOSTOP 32
#define TIOCPKT_IOCTL 64

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

/* struct termios2 (TCGETS2): with the speeds in bits a second. */
struct termios2 {
    struct termios termios;
    uint32_t input_speed;
    uint32_t output_speed;
};

_Static_assert(sizeof(struct termios2) == 44, "struct termios2 of the x86-64 ABI");

/* struct termio (TCGETA). */
#define NCC 8
struct termio {
    uint16_t iflag;
    uint16_t oflag;
    uint16_t cflag;
    uint16_t lflag;
    uint8_t line;
    uint8_t cc[NCC];
};

_Static_assert(sizeof(struct termio) == 18, "struct termio of the x86-64 ABI");

struct winsize {
    uint16_t rows;
    uint16_t columns;
    uint16_t width_pixels;
    uint16_t height_pixels;
};

_Static_assert(sizeof(struct winsize) == 8, "struct winsize of the x86-64 ABI");

/* struct serial_struct (TIOCGSERIAL). */
struct serial_settings {
    int32_t type;
    int32_t line;
    uint32_t port;
    int32_t irq;
    int32_t flags;
    int32_t transmit_fifo_size;
    int32_t custom_divisor;
    int32_t baud_base;
    uint16_t close_delay;
    uint8_t io_type;
    uint8_t reserved_char;
    int32_t hub6;
    uint16_t closing_wait;
    uint16_t closing_wait2;
    uint64_t memory_base;
    uint16_t memory_register_shift;
    uint32_t port_high;
    uint64_t memory_map_base;
};

_Static_assert(sizeof(struct serial_settings) == 72, "struct serial_struct of the x86-64 ABI");

#endif
