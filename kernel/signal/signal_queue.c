#include "signal/signal_queue.h"

#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "mm/object_cache.h"
#include "proc/user_account.h"

#define SIGNALS_OF_FAULTS                                                                  \
    (SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | \
     SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS))

struct signal_entry {
    struct list link;
    struct user_account *account; /* that it is charged to; NULL: none */
    struct siginfo info;
};

static struct object_cache entry_cache;

void signal_queue_setup(void)
{
    object_cache_init(&entry_cache, "signal", sizeof(struct signal_entry), 16);
}

void signal_queue_init(struct signal_queue *queue)
{
    queue->set = 0;
    list_init(&queue->entries);
}

void signal_memory_release(struct signal_memory *memory)
{
    if (memory->spare != NULL)
        object_cache_free(&entry_cache, memory->spare);
    memory->spare = NULL;
}

static struct signal_entry *signal_queue_find_timer(struct signal_queue *queue, int timer)
{
    for (struct list *link = list_first(&queue->entries); link != &queue->entries; link = link->next) {
        struct signal_entry *entry = list_entry(link, struct signal_entry, link);
        if (entry->info.code == SI_TIMER && entry->info.timer.timer == timer)
            return entry;
    }
    return NULL;
}

/* The limit is for what programs queue at will; kill() and the kernel are bound by the number of signals. */
static bool signal_is_limited(const struct siginfo *info)
{
    return info->signal >= SIGRTMIN || info->code < 0;
}

/* Charge a siginfo. False: the limit is reached. */
static bool signal_charge(const struct siginfo *info, const struct signal_payer *payer)
{
    if (payer->account == NULL || info->code == SI_TIMER)
        return true;
    return user_account_charge_within(payer->account, USER_SIGNALS,
                                      signal_is_limited(info) ? payer->limit : UINT64_MAX);
}

static void signal_give_back(struct signal_entry *entry)
{
    if (entry->account != NULL)
        user_account_give_back(entry->account, USER_SIGNALS, 1);
}

static struct signal_entry *signal_entry_alloc(struct signal_memory *memory)
{
    struct signal_entry *entry = memory->spare;
    if (entry != NULL)
        memory->spare = NULL;
    else
        entry = object_cache_alloc(&entry_cache);
    return entry;
}

static void signal_entry_free(struct signal_entry *entry, struct signal_memory *memory)
{
    if (memory->spare == NULL)
        memory->spare = entry;
    else
        object_cache_free(&entry_cache, entry);
}

/* NULL: no memory, or the limit is reached. */
static struct signal_entry *signal_entry_create(const struct siginfo *info, struct signal_memory *memory,
                                                const struct signal_payer *payer)
{
    struct signal_entry *entry = signal_entry_alloc(memory);

    if (entry == NULL)
        return NULL;
    if (!signal_charge(info, payer)) {
        signal_entry_free(entry, memory);
        return NULL;
    }
    entry->account = info->code == SI_TIMER ? NULL : payer->account;
    entry->info = *info;
    return entry;
}

/* Expiries that one signal stands for, beyond the first, with those of a later one: no more than a program
 * can be told. */
static int32_t overrun_add(int32_t overrun, int32_t later)
{
    int64_t sum = (int64_t)overrun + later + 1;

    return sum > INT32_MAX ? INT32_MAX : (int32_t)sum;
}

int signal_queue_add(struct signal_queue *queue, const struct siginfo *info, struct signal_memory *memory,
                     const struct signal_payer *payer)
{
    const bool is_pending = (queue->set & SIGNAL_BIT(info->signal)) != 0;

    if (is_pending && info->code == SI_TIMER) {
        struct signal_entry *earlier = signal_queue_find_timer(queue, info->timer.timer);
        if (earlier != NULL) {
            earlier->info.timer.overrun = overrun_add(earlier->info.timer.overrun, info->timer.overrun);
            return false;
        }
    }
    if (is_pending && info->signal < SIGRTMIN)
        return false;
    struct signal_entry *entry = signal_entry_create(info, memory, payer);
    if (entry != NULL) {
        list_push_back(&queue->entries, &entry->link);
    } else if (info->signal >= SIGRTMIN && info->code != SI_USER && info->code != SI_KERNEL) {
        return -EAGAIN;
    }
    queue->set |= SIGNAL_BIT(info->signal);
    return true;
}

static void signal_entry_destroy(struct signal_entry *entry, struct signal_memory *memory)
{
    list_remove(&entry->link);
    signal_give_back(entry);
    signal_entry_free(entry, memory);
}

static int signal_first(signal_set set)
{
    if ((set & SIGNALS_OF_FAULTS) != 0)
        set &= SIGNALS_OF_FAULTS;
    return set == 0 ? 0 : __builtin_ctzll(set) + 1;
}

/* The oldest entry of a signal behind `link`; NULL if there is none. */
static struct signal_entry *signal_queue_find(struct signal_queue *queue, struct list *link, int signal)
{
    for (link = link->next; link != &queue->entries; link = link->next) {
        struct signal_entry *entry = list_entry(link, struct signal_entry, link);
        if (entry->info.signal == signal)
            return entry;
    }
    return NULL;
}

int signal_queue_take(struct signal_queue *queue, signal_set wanted, struct siginfo *ret_info,
                      struct signal_memory *memory)
{
    int signal = signal_first(queue->set & wanted);

    if (signal == 0)
        return 0;
    struct signal_entry *entry = signal_queue_find(queue, &queue->entries, signal);
    if (entry == NULL || signal_queue_find(queue, &entry->link, signal) == NULL)
        queue->set &= ~SIGNAL_BIT(signal);
    if (entry == NULL) {
        *ret_info = (struct siginfo){.signal = signal, .code = SI_USER};
        return signal;
    }
    *ret_info = entry->info;
    signal_entry_destroy(entry, memory);
    return signal;
}

void signal_queue_discard(struct signal_queue *queue, signal_set signals, struct signal_memory *memory)
{
    if ((queue->set & signals) == 0)
        return;
    queue->set &= ~signals;
    for (struct list *link = list_first(&queue->entries), *next; link != &queue->entries; link = next) {
        struct signal_entry *entry = list_entry(link, struct signal_entry, link);
        next = link->next;
        if ((SIGNAL_BIT(entry->info.signal) & signals) != 0)
            signal_entry_destroy(entry, memory);
    }
}

void signal_queue_discard_timer(struct signal_queue *queue, int timer, struct signal_memory *memory)
{
    struct signal_entry *entry = signal_queue_find_timer(queue, timer);

    if (entry == NULL)
        return;
    const int signal = entry->info.signal;
    signal_entry_destroy(entry, memory);
    if (signal_queue_find(queue, &queue->entries, signal) == NULL)
        queue->set &= ~SIGNAL_BIT(signal);
}
