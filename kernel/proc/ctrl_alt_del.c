#include "proc/ctrl_alt_del.h"

#include <stdatomic.h>

#include "core/log.h"
#include "dev/power.h"
#include "proc/process_internal.h"

static atomic_bool has_to_restart = true;

void ctrl_alt_del_set_restarts(bool restarts)
{
    atomic_store(&has_to_restart, restarts);
}

void ctrl_alt_del(void)
{
    const struct siginfo interrupt = signal_info_kernel(SIGINT);

    if (atomic_load(&has_to_restart)) {
        log_info("restart: Ctrl+Alt+Del");
        power_restart();
    }
    struct spinlock_state state = spin_lock(&process_tree);
    if (process_first != NULL)
        (void)signal_send_process(process_first, &interrupt);
    spin_unlock(&process_tree, state);
}
