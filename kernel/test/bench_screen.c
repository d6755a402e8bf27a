/* From a key to its echo on the screen: the input layer, the line discipline's thread, the emulator, and the
 * pixels of the cells that change. */
#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "core/log.h"
#include "input/input.h"
#include "sched/thread.h"
#include "test/bench.h"
#include "vt/vt_screen.h"

#define LETTER_KEY 30 /* KEY_A of Linux */
#define KEYS 8
#define PAUSE_NS 50000000u /* the screen has nothing to draw any more */
#define YIELDS_MAX 100000

/* Ticks until something is drawn. Errors: -EIO (nothing is). */
static int64_t echo_ticks(void)
{
    uint64_t drawings = vt_screen_drawings(), start = cpu_timestamp();

    input_report_key(LETTER_KEY, true, NULL);
    for (unsigned i = 0; vt_screen_drawings() == drawings; i++) {
        if (i == YIELDS_MAX)
            return -EIO;
        thread_yield();
    }
    int64_t ticks = (int64_t)(cpu_timestamp() - start);
    input_report_key(LETTER_KEY, false, NULL);
    return ticks;
}

int bench_screen(void)
{
    int64_t most = 0;

    for (unsigned i = 0; i < KEYS; i++) {
        thread_sleep_ns(PAUSE_NS);
        int64_t ticks = echo_ticks();
        if (ticks < 0)
            return (int)ticks;
        most = ticks > most && i > 0 ? ticks : most; /* the first key fills caches */
    }
    log_script_line("bench echo %ld.00", most);
    return 0;
}
