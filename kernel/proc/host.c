/* The release says which Linux the system calls are those of: programs ask it what they may use. */
#include "proc/host.h"

#include "core/spinlock.h"
#include "lib/string.h"

/* Locks: h = host_lock, which shares its rank with others that are never held together with it */
static struct spinlock host_lock = SPINLOCK_INITIALIZER(LOCK_RANK_FS_CONTEXT);
static struct utsname host_names = {
    /* [h] */
    .sysname = "Linux",        .nodename = "lintel",
    .release = "6.1.0-lintel", .version = "#1 SMP PREEMPT Lintel " LINTEL_VERSION,
    .machine = "x86_64",       .domainname = "(none)",
};

void host_get_names(struct utsname *ret_names)
{
    struct spinlock_state state = spin_lock(&host_lock);

    *ret_names = host_names;
    spin_unlock(&host_lock, state);
}

static void host_set(char field[UTSNAME_SIZE], const char *name, size_t length)
{
    struct spinlock_state state = spin_lock(&host_lock);

    memset(field, 0, UTSNAME_SIZE);
    memcpy(field, name, length);
    spin_unlock(&host_lock, state);
}

void host_set_name(const char *name, size_t length)
{
    host_set(host_names.nodename, name, length);
}

void host_set_domain(const char *name, size_t length)
{
    host_set(host_names.domainname, name, length);
}
