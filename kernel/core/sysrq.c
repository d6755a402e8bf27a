#include "core/sysrq.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/panic.h"

static void sysrq_crash(const struct trap_frame *frame)
{
    if (frame != NULL)
        panic_trap(frame, "sysrq: a crash was asked for");
    panic("sysrq: a crash was asked for");
}

static struct sysrq_key crash_key = {.key = 'c', .help = "crash", .act = sysrq_crash};
static _Atomic(struct sysrq_key *) sysrq_keys = &crash_key;

/* Of the input device's interrupt, which comes on one CPU. */
static bool has_break;
static uint64_t break_ns;

void sysrq_add(struct sysrq_key *key)
{
    key->next = atomic_load(&sysrq_keys);
    atomic_store(&sysrq_keys, key);
}

static bool sysrq_is_waiting(void)
{
    return has_break && clock_monotonic_ns() - break_ns < SYSRQ_WAIT_NS;
}

bool sysrq_break(void)
{
    has_break = !sysrq_is_waiting();
    break_ns = clock_monotonic_ns();
    return has_break;
}

bool sysrq_receive(char character, const struct trap_frame *frame)
{
    bool is_taken = sysrq_is_waiting();

    has_break = false;
    if (is_taken)
        sysrq_press(character, frame);
    return is_taken;
}

static void sysrq_help(void)
{
    log_info("sysrq: the keys are");
    for (const struct sysrq_key *key = atomic_load(&sysrq_keys); key != NULL; key = key->next)
        log_info("  %c  %s", key->key, key->help);
    log_info("  h  this help");
}

static const struct sysrq_key *sysrq_lookup(char character)
{
    const struct sysrq_key *key = atomic_load(&sysrq_keys);

    while (key != NULL && key->key != character)
        key = key->next;
    return key;
}

void sysrq_press(char character, const struct trap_frame *frame)
{
    const struct sysrq_key *key = sysrq_lookup(character);
    enum log_level level = log_set_level(LOG_INFO);

    if (level > LOG_INFO)
        (void)log_set_level(level);
    if (key == NULL) {
        sysrq_help();
    } else {
        log_info("sysrq: %s", key->help);
        key->act(frame);
    }
    (void)log_set_level(level);
}
