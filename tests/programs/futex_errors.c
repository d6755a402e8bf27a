/* lintel: variants=musl */
/* What futex() answers to what it cannot do. */
#include "program.h"

#include "futex.h"
#include <sys/mman.h>
#include <time.h>

#define LEAK_ROUNDS 50
#define LEAK_SIZE (32ul << 20)

static void waits(void)
{
    uint32_t word = 7;
    struct timespec short_time = {0, 20000000}, negative = {-1, 0}, too_many = {0, 1000000000};
    struct timespec past = {1, 0};

    expect_error("another value", futex(&word, FUTEX_WAIT, 8, NULL, NULL, 0), EAGAIN);
    expect_error("another value, private", futex(&word, FUTEX_WAIT | FUTEX_PRIVATE, 8, NULL, NULL, 0),
                 EAGAIN);
    expect_error("unaligned", futex((char *)&word + 1, FUTEX_WAIT, 7, NULL, NULL, 0), EINVAL);
    expect_error("unaligned wake", futex((char *)&word + 2, FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL);
    expect_error("bad address", futex((void *)16, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
    expect_error("bad address, private", futex((void *)16, FUTEX_WAIT | FUTEX_PRIVATE, 0, NULL, NULL, 0),
                 EFAULT);
    expect_error("kernel address",
                 futex((void *)0xffff800000000000, FUTEX_WAIT | FUTEX_PRIVATE, 0, NULL, NULL, 0), EFAULT);
    expect_error("timeout", futex(&word, FUTEX_WAIT, 7, &short_time, NULL, 0), ETIMEDOUT);
    expect_error("negative timeout", futex(&word, FUTEX_WAIT, 7, &negative, NULL, 0), EINVAL);
    expect_error("nanoseconds", futex(&word, FUTEX_WAIT, 7, &too_many, NULL, 0), EINVAL);
    expect_error("bad timeout pointer", futex(&word, FUTEX_WAIT, 7, (void *)8, NULL, 0), EFAULT);
    expect_error("absolute, in the past", futex(&word, FUTEX_WAIT_BITSET, 7, &past, NULL, 1), ETIMEDOUT);
    expect_error("wall clock, in the past",
                 futex(&word, FUTEX_WAIT_BITSET | FUTEX_WALL_CLOCK, 7, &past, NULL, 1), ETIMEDOUT);
    expect_error("no bits", futex(&word, FUTEX_WAIT_BITSET, 7, NULL, NULL, 0), EINVAL);
    expect_error("no bits to wake", futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
    expect_error("WAIT by the wall clock", futex(&word, FUTEX_WAIT | FUTEX_WALL_CLOCK, 7, NULL, NULL, 0),
                 ENOSYS);
}

static void wakes(void)
{
    uint32_t word = 0, other = 0;
    void *nothing = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    expect_value("nobody to wake", futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
    expect_error("wake at a bad address", futex((void *)16, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
    expect_value("private wake at a bad address",
                 futex((void *)16, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0), 0);
    expect_error("wake where nothing may be read", futex(nothing, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
    expect_value("nobody to requeue", futex(&word, FUTEX_REQUEUE, 1, (void *)1L, &other, 0), 0);
    expect_error("negative count", futex(&word, FUTEX_REQUEUE, -1, (void *)1L, &other, 0), EINVAL);
    expect_error("another value", futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1L, &other, 1), EAGAIN);
    expect_value("the value", futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1L, &other, 0), 0);
    expect_error("an unknown operation", futex(&word, 100, 1, NULL, NULL, 0), ENOSYS);
    expect_error("FD", futex(&word, 2, 1, NULL, NULL, 0), ENOSYS);
}

/* Shared memory that a call was refused for goes with its mapping: more than there is, one after the other.
 */
static void shared_memory_goes(void)
{
    unsigned refused = 0, mapped = 0;

    for (unsigned i = 0; i < LEAK_ROUNDS; i++) {
        char *memory = mmap(NULL, LEAK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            break;
        mapped++;
        for (size_t at = 0; at < LEAK_SIZE; at += PAGE)
            memory[at] = 1;
        mprotect(memory, PAGE, PROT_NONE);
        refused += syscall(SYS_futex, memory, FUTEX_WAIT, 0, NULL, NULL, 0) == -1 && errno == EFAULT;
        munmap(memory, LEAK_SIZE);
    }
    expect_value("shared memory, mapped", mapped, LEAK_ROUNDS);
    expect_value("shared memory, refused", refused, LEAK_ROUNDS);
}

static void words_change(void)
{
    static const struct {
        const char *name;
        unsigned operation;
        uint32_t before, after;
    } table[] = {
        {"set", FUTEX_OPERATION(OP_SET, 5, CMP_EQ, 0), 1, 5},
        {"add", FUTEX_OPERATION(OP_ADD, 3, CMP_NE, 0), 1, 4},
        {"add -1", FUTEX_OPERATION(OP_ADD, 0xfff, CMP_LT, 0), 1, 0},
        {"or", FUTEX_OPERATION(OP_OR, 6, CMP_GT, 0), 1, 7},
        {"andn", FUTEX_OPERATION(OP_ANDN, 1, CMP_LE, 0), 7, 6},
        {"xor", FUTEX_OPERATION(OP_XOR, 3, CMP_GE, 0), 1, 2},
        {"or bit", FUTEX_OPERATION(OP_OR | OP_SHIFT, 4, CMP_EQ, 0), 1, 17},
    };
    uint32_t first = 0, second;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        second = table[i].before;
        long woken = syscall(SYS_futex, &first, FUTEX_WAKE_OP, 1, 1L, &second, table[i].operation);
        printf("%s: %ld, word %u\n", table[i].name, woken, second);
        expect_value("  after", second, table[i].after);
    }
    expect_error("no such operation", syscall(SYS_futex, &first, FUTEX_WAKE_OP, 1, 1L, &second, 7u << 28),
                 ENOSYS);
    expect_error("word that cannot be written",
                 syscall(SYS_futex, &first, FUTEX_WAKE_OP | FUTEX_PRIVATE, 1, 1L, (void *)16,
                         FUTEX_OPERATION(OP_SET, 5, CMP_EQ, 0)),
                 EFAULT);
}

static void robust_lists(void)
{
    struct robust_list_head head = {{&head.list}, 0, NULL}, *found = NULL;
    size_t size = 0;

    expect_error("size of a robust list", syscall(SYS_set_robust_list, &head, 23), EINVAL);
    expect_value("set", syscall(SYS_set_robust_list, &head, sizeof(head)), 0);
    expect_value("get", syscall(SYS_get_robust_list, 0, &found, &size), 0);
    expect_true("the same", found == &head && size == sizeof(head));
    expect_error("of nobody", syscall(SYS_get_robust_list, 999999, &found, &size), ESRCH);
    expect_error("bad pointer", syscall(SYS_get_robust_list, 0, (void *)8, &size), EFAULT);
    expect_value("none", syscall(SYS_set_robust_list, NULL, sizeof(head)), 0);
}

int main(void)
{
    program_begin();
    waits();
    wakes();
    shared_memory_goes();
    words_change();
    robust_lists();
    return program_end();
}
