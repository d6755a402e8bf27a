#include "utask/shows.h"

#include <stdint.h>

#include "utask/clock.h"
#include "utask/console.h"
#include "utask/syscall.h"

#define SPIN_NS 1200000000ull

/* From common/image.lds. */
extern const char __image_start[], __text_end[], __rodata_end[], __data_end[], __bss_end[];

void show_place(void)
{
    uint16_t cs;
    char local;

    __asm__("mov %%cs, %0" : "=r"(cs));
    print("utask: running in ring %u, pid %d\n", cs & 3u, (int)syscall0(SYS_getpid));
    print("utask: text %p-%p  rodata -%p  data -%p  bss -%p  stack near %p\n", __image_start, __text_end,
          __rodata_end, __data_end, __bss_end, &local);
}

void show_interruption(void)
{
    /* The counter says when to stop: no system call is made meanwhile. */
    uint64_t start = timestamp(), start_ns = now_ns();

    while (now_ns() - start_ns < NS_PER_SECOND / 100)
        ;
    uint64_t ticks = (timestamp() - start) * (SPIN_NS / (NS_PER_SECOND / 100));
    print("utask: in a loop without system calls for 1.2 s\n");
    start = timestamp();
    while (timestamp() - start < ticks)
        __asm__ volatile("pause");
    print("utask: out of the loop\n");
}

void show_heartbeats(unsigned count)
{
    for (unsigned beat = 1; beat <= count; beat++) {
        sleep_ns(NS_PER_SECOND);
        print("utask: heartbeat %u of %u\n", beat, count);
    }
}
