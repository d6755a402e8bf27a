/* Futexes of the Linux ABI: include/uapi/linux/futex.h. */
#ifndef LINTEL_COMMON_ABI_FUTEX_H
#define LINTEL_COMMON_ABI_FUTEX_H

#include <stdint.h>

/* futex(): operations, and what may be added */
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
#define FUTEX_LOCK_PI2 13
#define FUTEX_PRIVATE_FLAG 128
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_COMMAND_MASK (~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))

#define FUTEX_BITSET_MATCH_ANY 0xffffffffu

/* The word of a lock: who holds it, and what else is known */
#define FUTEX_WAITERS 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK 0x3fffffffu

/* FUTEX_WAKE_OP: 4 bits operation, 4 bits comparison, 12 bits operand, 12 bits to compare with */
#define FUTEX_OP_SET 0
#define FUTEX_OP_ADD 1
#define FUTEX_OP_OR 2
#define FUTEX_OP_ANDN 3
#define FUTEX_OP_XOR 4
#define FUTEX_OP_OPERAND_SHIFT 8 /* with the operation: the operand is an exponent of 2 */
#define FUTEX_OP_CMP_EQ 0
#define FUTEX_OP_CMP_NE 1
#define FUTEX_OP_CMP_LT 2
#define FUTEX_OP_CMP_LE 3
#define FUTEX_OP_CMP_GT 4
#define FUTEX_OP_CMP_GE 5

/* set_robust_list(): a ring of entries, each of which points to the next one; the word of its lock lies
 * futex_offset bytes behind. Bit 0 of a pointer: the lock inherits priorities. */
struct robust_list_head {
    uint64_t next;
    int64_t futex_offset;
    uint64_t pending; /* an entry on its way in or out of the ring, 0: none */
};

_Static_assert(sizeof(struct robust_list_head) == 24, "struct robust_list_head of the x86-64 ABI");

#define ROBUST_LIST_LIMIT 2048 /* entries that are looked at */

#endif
