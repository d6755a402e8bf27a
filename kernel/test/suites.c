#include "test/suites.h"

#include <stddef.h>

#include "test/test.h"

const struct kernel_test kernel_tests[] = {
    {"turns", test_turns},
    {"round-robin", test_round_robin},
    {"create-join", test_create_join},
    {"wake-storm", test_wake_storm},
    {"sleep", test_sleep},
    {"ping-pong", test_ping_pong},
    {"priority", test_priority},
    {"nice", test_nice},
    {"affinity", test_affinity},
    {"fpu", test_fpu},
    {"lock-torture", test_lock_torture},
    {"tlb", test_tlb},
    {"stealing", test_stealing},
    {"out-of-memory", test_out_of_memory},
    {"timer", test_timer},
    {"idle", test_idle},
    {NULL, NULL},
};
