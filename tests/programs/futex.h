/* futex(2) without a C library: constants of linux/futex.h, which musl's compiler does not find. */
#ifndef LINTEL_TESTS_PROGRAMS_FUTEX_H
#define LINTEL_TESTS_PROGRAMS_FUTEX_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_REQUEUE 3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP 5
#define FUTEX_LOCK_PI 6
#define FUTEX_UNLOCK_PI 7
#define FUTEX_TRYLOCK_PI 8
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_CMP_REQUEUE_PI 12
#define FUTEX_PRIVATE 128
#define FUTEX_WALL_CLOCK 256

#define FUTEX_WAITERS 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK 0x3fffffffu

enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR, OP_SHIFT = 8 };
enum { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };
#define FUTEX_OPERATION(op, operand, cmp, other) \
    ((unsigned)(op) << 28 | (unsigned)(cmp) << 24 | ((operand)&0xfffu) << 12 | ((other)&0xfffu))

struct robust_list {
    struct robust_list *next;
};

struct robust_list_head {
    struct robust_list list;
    long futex_offset;
    struct robust_list *pending;
};

static inline long futex(void *address, int operation, unsigned value, const void *timeout, void *second,
                         unsigned third)
{
    return syscall(SYS_futex, address, operation, value, timeout, second, third);
}

#endif
