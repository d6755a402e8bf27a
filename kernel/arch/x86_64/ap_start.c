#include "arch/x86_64/ap_start.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "abi/errno.h"
#include "arch/x86_64/ap_trampoline.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/fpu.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/pcid.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/tlb.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/tsc_sync.h"
#include "arch/x86_64/user_entry.h"
#include "core/clock.h"
#include "core/log.h"
#include "lib/string.h"
#include "memory_type.h"
#include "mm/kernel_map.h"

/* Below 1 MiB: the code page, and behind it the PML4, which 32-bit code must be able to load. The extended
 * BIOS data area of old firmware lies from here on up, whatever the memory map says. */
#define LOW_PAGES_END 0x9f000ull
#define LOW_PAGES 2

#define INIT_WAIT_NS 10000000ull
#define STARTUP_WAIT_NS 200000ull
#define ANSWER_WAIT_NS 10000000000ull /* a CPU of a virtual machine may not be running just now */

/* Segment descriptors with the accessed bit set, since the page is read-only where they are used. */
#define SEGMENT_CODE32 0x00cf9b000000ffffull
#define SEGMENT_DATA 0x00cf93000000ffffull
#define SEGMENT_CODE64 0x00af9b000000ffffull

enum ap_state { AP_NONE, AP_CALLED, AP_ARRIVED, AP_READY, AP_ONLINE, AP_GIVEN_UP };

static struct {
    paddr_t page;                  /* the trampoline */
    _Atomic(enum ap_state) state;  /* of the one CPU that is being started */
    uint64_t warp_ticks_max;       /* largest disagreement of counters */
    _Atomic(void (*)(void)) entry; /* NULL: not known yet */
} ap;

/* The last pages of [base, end) that will do; 0 if there are none. Page 0 stays out: firmware's data lies
 * there. */
static paddr_t ap_last_low_pages(paddr_t base, paddr_t end)
{
    if (end > LOW_PAGES_END)
        end = LOW_PAGES_END;
    if (base < PAGE_SIZE)
        base = PAGE_SIZE;
    return end >= base + LOW_PAGES * PAGE_SIZE ? end - LOW_PAGES * PAGE_SIZE : 0;
}

/* The frame allocator leaves the first MiB alone, so that these pages are ours for good. */
static paddr_t ap_find_low_pages(const struct boot_info *boot)
{
    const struct boot_memory_region *map = direct_map(boot->memory_map_physical);
    paddr_t found = 0;

    for (size_t i = 0; i < boot->memory_map_count; i++) {
        if (map[i].type != MEMORY_FREE && map[i].type != MEMORY_BOOTLOADER_RECLAIMABLE)
            continue;
        paddr_t last = ap_last_low_pages(map[i].base, map[i].base + map[i].size_pages * PAGE_SIZE);
        if (last != 0)
            found = last; /* the map is sorted: the highest wins, as firmware's bugs sit lowest */
    }
    return found;
}

/* A table with the kernel half and nothing but the trampoline in the user half. */
static int ap_make_page_table(struct page_table *table)
{
    const uint64_t *kernel = direct_map(kernel_map_table()->root);
    uint64_t *entries = direct_map(table->root);

    memset(entries, 0, PAGE_SIZE);
    memcpy(entries + PML4_KERNEL_HALF, kernel + PML4_KERNEL_HALF, PAGE_SIZE / 2);
    return page_table_map(table, ap.page, ap.page, MAP_READ | MAP_EXECUTE);
}

static struct ap_parameters *ap_parameters(void)
{
    return (struct ap_parameters *)((char *)direct_map(ap.page) + AP_PARAMETERS);
}

/* Where a label of the trampoline lies in the copy. */
static struct ap_far_pointer ap_far_pointer(const char *label, uint16_t selector)
{
    return (struct ap_far_pointer){(uint32_t)(ap.page + (paddr_t)(label - ap_trampoline_start)), selector, 0};
}

static int ap_trampoline_setup(const struct boot_info *boot)
{
    ap.page = ap_find_low_pages(boot);
    if (ap.page == 0)
        return -ENOMEM;
    struct page_table table = {.root = ap.page + PAGE_SIZE};
    int error = ap_make_page_table(&table);
    if (error != 0)
        return error;

    memcpy(direct_map(ap.page), ap_trampoline_start, (size_t)(ap_trampoline_end - ap_trampoline_start));
    *ap_parameters() = (struct ap_parameters){
        .gdt_limit = sizeof(ap_parameters()->gdt) - 1,
        .gdt_base = (uint32_t)(ap.page + AP_PARAMETERS + offsetof(struct ap_parameters, gdt)),
        .protected_entry = ap_far_pointer(ap_trampoline_protected, AP_SELECTOR_CODE32),
        .long_entry = ap_far_pointer(ap_trampoline_long, AP_SELECTOR_CODE64),
        .page_table = (uint32_t)table.root,
        .gdt =
            {
                [AP_SELECTOR_CODE32 / 8] = SEGMENT_CODE32,
                [AP_SELECTOR_DATA / 8] = SEGMENT_DATA,
                [AP_SELECTOR_CODE64 / 8] = SEGMENT_CODE64,
            },
    };
    return 0;
}

/* False if the boot CPU has given up on this one meanwhile. */
static bool ap_advance(enum ap_state from, enum ap_state to)
{
    return atomic_compare_exchange_strong(&ap.state, &from, to);
}

static _Noreturn void ap_idle(void)
{
    for (;;) {
        cpu_interrupts_disable(); /* or an interrupt between the look and the halt would be slept over */
        void (*entry)(void) = atomic_load(&ap.entry);
        if (entry != NULL)
            entry();
        cpu_wait_for_interrupt();
    }
}

/* The story of a further CPU, from the trampoline's jump; beside kmain, which it follows. */
static _Noreturn void ap_main(struct percpu *block)
{
    if (!ap_advance(AP_CALLED, AP_ARRIVED))
        cpu_stop();
    page_table_load(kernel_map_table());
    percpu_setup(block);
    cpu_setup();
    pcid_setup_cpu();
    if (lapic_setup_cpu() != 0)
        cpu_stop();
    lapic_timer_setup_cpu();
    fpu_setup_cpu();
    user_entry_setup_cpu();

    if (!ap_advance(AP_ARRIVED, AP_READY))
        cpu_stop();
    tsc_sync_answer();
    while (atomic_load(&ap.state) == AP_READY)
        cpu_pause();
    /* Shootdowns before it was counted as online passed it by: forget what it may have seen till then. */
    tlb_flush_all();
    ap_idle();
}

static bool ap_wait(enum ap_state state, uint64_t timeout_ns)
{
    uint64_t start_ns = clock_monotonic_ns();

    while (atomic_load(&ap.state) < state) {
        if (clock_monotonic_ns() - start_ns > timeout_ns)
            return false;
        cpu_pause();
    }
    return true;
}

/* The second STARTUP is for CPUs that missed the first; to a running CPU it means nothing (SDM 9.4.4). */
static bool ap_call(uint32_t apic_id)
{
    atomic_store(&ap.state, AP_CALLED);
    lapic_send_startup(apic_id, ap.page);
    if (!ap_wait(AP_ARRIVED, STARTUP_WAIT_NS))
        lapic_send_startup(apic_id, ap.page);
    return ap_wait(AP_READY, ANSWER_WAIT_NS);
}

static bool ap_compare_clocks(uint32_t apic_id)
{
    struct tsc_sync_result result;

    if (!tsc_sync_measure(&result))
        return false;
    if (result.warp_ticks > ap.warp_ticks_max)
        ap.warp_ticks_max = result.warp_ticks;
    log_debug("cpu %u: APIC ID %u, TSC offset %ld +- %lu ticks", cpu_count_online(), apic_id,
              result.offset_ticks, result.uncertainty_ticks);
    return true;
}

/* INIT brings the CPU back to waiting, so that it cannot turn up while the next one is started. */
static void ap_give_up(uint32_t apic_id, enum ap_state state)
{
    lapic_send_init(apic_id);
    log_warning("cpu: the CPU with APIC ID %u %s; left alone", apic_id,
                state == AP_CALLED ? "does not answer" : "stopped while it was set up");
}

/* False if there is no memory for another CPU. */
static bool ap_start(uint32_t apic_id)
{
    struct percpu *block = percpu_next();

    if (block == NULL) {
        log_warning("cpu: no memory for the CPU with APIC ID %u and those after it", apic_id);
        return false;
    }
    block->apic_id = apic_id;
    ap_parameters()->stack_top = block->idle_stack_top;
    ap_parameters()->entry = (uint64_t)ap_main;
    ap_parameters()->argument = (uint64_t)block;

    if (ap_call(apic_id) && ap_compare_clocks(apic_id)) {
        percpu_add_online();
        atomic_store(&ap.state, AP_ONLINE);
    } else {
        ap_give_up(apic_id, atomic_exchange(&ap.state, AP_GIVEN_UP));
    }
    return true;
}

static bool ap_can_start(const struct apic_map_cpu *cpu)
{
    return cpu->is_enabled && cpu->apic_id != lapic_id() && cpu->apic_id <= lapic_id_max();
}

/* INIT to all at first, so that its 10 ms are waited for once. False if there are none. */
static bool ap_init_all(const struct apic_map *map)
{
    bool has_any = false;

    for (size_t i = 0; i < map->cpu_count; i++) {
        if (ap_can_start(&map->cpus[i])) {
            lapic_send_init(map->cpus[i].apic_id);
            has_any = true;
        }
    }
    if (has_any)
        clock_spin_ns(INIT_WAIT_NS);
    return has_any;
}

void ap_start_all(const struct apic_map *map, unsigned cpus_max, const struct boot_info *boot)
{
    if (cpus_max <= 1 || !ap_init_all(map))
        return;
    if (ap_trampoline_setup(boot) != 0) {
        log_warning("cpu: no memory below 1 MiB to start other CPUs in");
        return;
    }
    for (size_t i = 0; i < map->cpu_count && cpu_count_online() < cpus_max; i++) {
        if (ap_can_start(&map->cpus[i]) && !ap_start(map->cpus[i].apic_id))
            break;
    }
    if (ap.warp_ticks_max != 0)
        log_warning("clock: the CPUs' TSCs differ: time may step back by %lu ticks", ap.warp_ticks_max);
}

void ap_set_entry(void (*entry)(void))
{
    atomic_store(&ap.entry, entry);
    for (unsigned cpu = 1; cpu < cpu_count_online(); cpu++)
        ipi_send(cpu, TRAP_VECTOR_RESCHEDULE);
}
