/* Waiting for events, of the Linux ABI, x86-64: include/uapi/asm-generic/poll.h, linux/eventpoll.h,
 * eventfd.h, timerfd.h, signalfd.h. abi/fs.h has the POLL* that files answer with. */
#ifndef LINTEL_COMMON_ABI_EVENT_H
#define LINTEL_COMMON_ABI_EVENT_H

#include <stdint.h>

#include "abi/fs.h"

#define POLLRDBAND 0x80
#define POLLWRBAND 0x200
#define POLLRDHUP 0x2000

struct pollfd {
    int32_t fd;
    uint16_t events;
    uint16_t revents;
};

_Static_assert(sizeof(struct pollfd) == 8, "struct pollfd of the x86-64 ABI");

/* pselect6(): its sixth argument points to this. */
struct select_mask {
    uint64_t set;
    uint64_t size;
};

/* eventfd2() */
#define EFD_SEMAPHORE 1
#define EFD_NONBLOCK O_NONBLOCK
#define EFD_CLOEXEC O_CLOEXEC

/* timerfd_create(), timerfd_settime() */
#define TFD_NONBLOCK O_NONBLOCK
#define TFD_CLOEXEC O_CLOEXEC
#define TFD_TIMER_ABSTIME 1
#define TFD_TIMER_CANCEL_ON_SET 2

/* signalfd4() */
#define SFD_NONBLOCK O_NONBLOCK
#define SFD_CLOEXEC O_CLOEXEC

struct signalfd_siginfo {
    uint32_t signal;
    int32_t error;
    int32_t code;
    uint32_t pid;
    uint32_t uid;
    int32_t fd;
    uint32_t timer;
    uint32_t band;
    uint32_t overrun;
    uint32_t trap;
    int32_t status;
    int32_t value_number;
    uint64_t value_pointer;
    uint64_t user_ticks;
    uint64_t system_ticks;
    uint64_t address;
    uint16_t address_lsb;
    uint8_t padding[46];
};

_Static_assert(sizeof(struct signalfd_siginfo) == 128, "struct signalfd_siginfo of the ABI");

/* epoll_create1(), epoll_ctl(), events */
#define EPOLL_CLOEXEC O_CLOEXEC
#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP (1u << 29)
#define EPOLLONESHOT (1u << 30)
#define EPOLLET (1u << 31)

struct epoll_event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));

_Static_assert(sizeof(struct epoll_event) == 12, "struct epoll_event of the x86-64 ABI");

#endif
