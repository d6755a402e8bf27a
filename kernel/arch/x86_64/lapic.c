/* The timer is never periodic: core/timer.c arms it for its next deadline. In one-shot mode a delay is as
 * wrong as the frequency was measured, so that only as long a delay is armed as keeps the error below 1 ms;
 * whoever finds the interrupt early arms again. */
#include "arch/x86_64/lapic.h"

#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/port.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/log.h"
#include "mm/kernel_map.h"

#define NS_PER_SECOND 1000000000ull

#define APIC_BASE_X2APIC (1u << 10)
#define APIC_BASE_ENABLE (1u << 11)
#define APIC_BASE_ADDRESS 0x000ffffffffff000ull

/* Register offsets of the xAPIC page; the x2APIC MSR is MSR_X2APIC_BASE + offset / 16. */
#define LAPIC_ID 0x20 /* xAPIC: in bits 31-24 */
#define LAPIC_VERSION 0x30
#define LAPIC_TASK_PRIORITY 0x80
#define LAPIC_EOI 0xb0
#define LAPIC_SPURIOUS 0xf0
#define LAPIC_IN_SERVICE 0x100   /* eight registers of 32 bits, 16 bytes apart */
#define LAPIC_COMMAND 0x300      /* x2APIC: one register of 64 bits */
#define LAPIC_COMMAND_HIGH 0x310 /* xAPIC: destination in bits 31-24 */
#define LAPIC_LVT_TIMER 0x320
#define LAPIC_LVT_LINT0 0x350
#define LAPIC_LVT_LINT1 0x360
#define LAPIC_LVT_ERROR 0x370
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE 0x3e0

#define LAPIC_SPURIOUS_ENABLE (1u << 8)
#define LVT_MASKED (1u << 16)
#define LVT_NMI (4u << 8)
#define LVT_ACTIVE_LOW (1u << 13)
#define LVT_ONE_SHOT (0u << 17)
#define LVT_TSC_DEADLINE (2u << 17)
#define COMMAND_FIXED (0u << 8)
#define COMMAND_NMI (4u << 8)
#define COMMAND_INIT (5u << 8)
#define COMMAND_STARTUP (6u << 8)
#define COMMAND_PENDING (1u << 12)
#define COMMAND_ASSERT (1u << 14)
#define COMMAND_PENDING_READS 100000 /* it takes microseconds; a read takes some 100 ns */

/* The divide configuration of a divider of 2^shift: 1 is coded behind 128, and bit 2 of the code is bit 3 of
 * the register (SDM, figure 11-10). */
#define TIMER_DIVIDER_CODE(shift) (((shift) + 7u) & 7)
#define TIMER_DIVIDER(shift) ((TIMER_DIVIDER_CODE(shift) & 3) | (TIMER_DIVIDER_CODE(shift) & 4) << 1)
#define TIMER_DIVIDER_SHIFT_MAX 7
#define TIMER_HZ_WANTED 268435456ull /* at most: the counter lasts 16 s */
#define TIMER_MEASURE_NS 1000000u
#define TIMER_SAMPLES 4
#define TIMER_ERROR_MAX_NS 1000000ull
#define TIMER_CUT_DIVISOR 16
#define TIMER_DELAY_MAX_NS (3600 * NS_PER_SECOND) /* rounding makes it wrong by far less than 1 ms */

#define PIC_MASTER_DATA 0x21
#define PIC_SLAVE_DATA 0xa1

static struct {
    const struct apic_map *map;
    volatile uint32_t *page;       /* NULL in x2APIC mode, which is that of all CPUs */
    bool is_there;                 /* set up; nothing is known of it before */
    uint64_t base;                 /* what IA32_APIC_BASE says on all CPUs */
    bool has_timer;                /* the fields below are valid */
    uint32_t timer_mode;           /* LVT_ONE_SHOT or LVT_TSC_DEADLINE */
    uint32_t timer_divider;        /* of the former */
    uint64_t timer_multiplier;     /* ticks = ns * multiplier / 2^32 */
    uint64_t timer_delay_max_ns;   /* what can be armed for */
    uint64_t timer_delay_exact_ns; /* and up to which the frequency is known well enough */
} lapic;

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint32_t lapic_read(unsigned offset)
{
    if (lapic.page == NULL)
        return (uint32_t)msr_read(MSR_X2APIC_BASE + offset / 16);
    return lapic.page[offset / 4];
}

static void lapic_write(unsigned offset, uint32_t value)
{
    if (lapic.page == NULL)
        msr_write(MSR_X2APIC_BASE + offset / 16, value);
    else
        lapic.page[offset / 4] = value;
}

/* All interrupts come through the APICs: the 8259s, where a PC has them, stay masked. */
static void pic_mask(void)
{
    port_write8(PIC_MASTER_DATA, 0xff);
    port_write8(PIC_SLAVE_DATA, 0xff);
}

static void lapic_spurious(struct trap_frame *frame)
{
    (void)frame; /* not acknowledged: SDM 11.9 */
}

/* The mode to run in: what firmware left on, or x2APIC where the IDs need it. */
static uint64_t lapic_choose_base(const struct apic_map *map)
{
    uint64_t base = msr_read(MSR_IA32_APIC_BASE) & (APIC_BASE_ADDRESS | APIC_BASE_X2APIC);

    for (size_t i = 0; i < map->cpu_count && cpu_features.has_x2apic; i++) {
        if (map->cpus[i].apic_id > APIC_ID_XAPIC_MAX)
            base |= APIC_BASE_X2APIC;
    }
    return base | APIC_BASE_ENABLE;
}

/* x2APIC mode is entered from xAPIC mode only, and left through the disabled state only: SDM 11.12.5. */
static void lapic_enter_mode(void)
{
    const uint64_t kept = ~(APIC_BASE_ADDRESS | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
    uint64_t before = msr_read(MSR_IA32_APIC_BASE), flags = before & kept;

    if ((before & ~kept) == lapic.base)
        return;
    if ((before & APIC_BASE_X2APIC) != 0)
        msr_write(MSR_IA32_APIC_BASE, flags | (before & APIC_BASE_ADDRESS));
    msr_write(MSR_IA32_APIC_BASE, flags | (lapic.base & ~(uint64_t)APIC_BASE_X2APIC));
    if ((lapic.base & APIC_BASE_X2APIC) != 0)
        msr_write(MSR_IA32_APIC_BASE, flags | lapic.base);
}

static bool lapic_acpi_uid(uint32_t apic_id, uint32_t *ret_uid)
{
    for (size_t i = 0; i < lapic.map->cpu_count; i++) {
        if (lapic.map->cpus[i].apic_id == apic_id) {
            *ret_uid = lapic.map->cpus[i].acpi_uid;
            return true;
        }
    }
    return false;
}

/* The pins that carry NMI, as firmware says; where it says nothing LINT1 does, as on every PC. */
static void lapic_connect_nmi(void)
{
    uint32_t uid;
    bool has_uid = lapic_acpi_uid(lapic_id(), &uid);

    if (lapic.map->nmi_count == 0)
        lapic_write(LAPIC_LVT_LINT1, LVT_NMI);
    for (size_t i = 0; i < lapic.map->nmi_count; i++) {
        const struct apic_map_nmi *nmi = &lapic.map->nmis[i];
        if (nmi->acpi_uid == APIC_MAP_ALL_CPUS || (has_uid && nmi->acpi_uid == uid))
            lapic_write(nmi->lint == 0 ? LAPIC_LVT_LINT0 : LAPIC_LVT_LINT1,
                        LVT_NMI | (nmi->is_active_low ? LVT_ACTIVE_LOW : 0));
    }
}

int lapic_setup_cpu(void)
{
    lapic_enter_mode();
    lapic_write(LAPIC_TASK_PRIORITY, 0);
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
    lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
    lapic_write(LAPIC_LVT_LINT1, LVT_MASKED);
    lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
    lapic_write(LAPIC_SPURIOUS, LAPIC_SPURIOUS_ENABLE | TRAP_VECTOR_SPURIOUS);
    lapic_connect_nmi(); /* last: nothing can be unmasked while the APIC is disabled (SDM 11.4.7.2) */
    return lapic_read(LAPIC_SPURIOUS) == (LAPIC_SPURIOUS_ENABLE | TRAP_VECTOR_SPURIOUS) ? 0 : -ENODEV;
}

int lapic_setup(const struct apic_map *map)
{
    pic_mask();
    lapic.map = map;
    lapic.base = lapic_choose_base(map);
    lapic.page = NULL;
    if ((lapic.base & APIC_BASE_X2APIC) == 0) {
        lapic.page = kernel_map_device(lapic.base & APIC_BASE_ADDRESS, PAGE_SIZE, MAP_UNCACHED);
        if (lapic.page == NULL)
            return -ENOMEM;
        if (map->local_address != 0 && map->local_address != (lapic.base & APIC_BASE_ADDRESS))
            log_warning("lapic: ACPI has it at 0x%lx, the CPU at 0x%lx; believing the CPU",
                        map->local_address, lapic.base & (uint64_t)APIC_BASE_ADDRESS);
    }
    trap_set_interrupt_handler(TRAP_VECTOR_SPURIOUS, lapic_spurious);
    int error = lapic_setup_cpu();
    lapic.is_there = error == 0;
    if (error == 0)
        log_debug("lapic: version 0x%x, %s mode, ID %u", lapic_read(LAPIC_VERSION) & 0xff,
                  lapic.page == NULL ? "x2APIC" : "xAPIC", lapic_id());
    return error;
}

uint32_t lapic_id(void)
{
    uint32_t id = lapic_read(LAPIC_ID);

    return lapic.page == NULL ? id : id >> 24;
}

uint32_t lapic_id_max(void)
{
    return lapic.page == NULL ? APIC_ID_BROADCAST - 1 : APIC_ID_XAPIC_MAX;
}

/* In xAPIC mode an interrupt between the two writes, whose handler sends one too, would change the
 * destination. */
static void lapic_command(uint32_t apic_id, uint32_t command)
{
    if (lapic.page == NULL) {
        /* This MSR write does not wait for earlier stores, which the other CPU is to see: SDM 11.12.3. */
        __asm__ volatile("mfence; lfence" : : : "memory");
        msr_write(MSR_X2APIC_BASE + LAPIC_COMMAND / 16, (uint64_t)apic_id << 32 | command);
        return;
    }
    bool were_enabled = cpu_interrupts_save();
    for (int i = 0; i < COMMAND_PENDING_READS && (lapic_read(LAPIC_COMMAND) & COMMAND_PENDING) != 0; i++)
        cpu_pause();
    lapic_write(LAPIC_COMMAND_HIGH, apic_id << 24);
    lapic_write(LAPIC_COMMAND, command);
    cpu_interrupts_restore(were_enabled);
}

void lapic_send_interrupt(uint32_t apic_id, unsigned vector)
{
    lapic_command(apic_id, COMMAND_FIXED | COMMAND_ASSERT | vector);
}

void lapic_send_nmi(uint32_t apic_id)
{
    lapic_command(apic_id, COMMAND_NMI | COMMAND_ASSERT);
}

void lapic_send_init(uint32_t apic_id)
{
    lapic_command(apic_id, COMMAND_INIT | COMMAND_ASSERT);
}

void lapic_send_startup(uint32_t apic_id, paddr_t page)
{
    lapic_command(apic_id, COMMAND_STARTUP | COMMAND_ASSERT | (uint32_t)(page / PAGE_SIZE));
}

void lapic_end_of_interrupt(void)
{
    lapic_write(LAPIC_EOI, 0);
}

bool lapic_is_in_service(unsigned vector)
{
    return lapic.is_there && (lapic_read(LAPIC_IN_SERVICE + vector / 32 * 16) >> vector % 32 & 1) != 0;
}

/* A moment by both counters. The clock is read on both sides of the timer, so that the moment is known to
 * half the time between the two readings. */
struct lapic_timer_sample {
    uint64_t ns, span_ns;
    uint32_t count;
};

/* An interruption (system management mode, or a virtual machine's host) makes the span long: the best of a
 * few counts. */
static struct lapic_timer_sample lapic_timer_sample(void)
{
    struct lapic_timer_sample best = {.span_ns = UINT64_MAX};

    for (int i = 0; i < TIMER_SAMPLES; i++) {
        uint64_t before_ns = clock_monotonic_ns();
        uint32_t count = lapic_read(LAPIC_TIMER_CURRENT);
        uint64_t span_ns = clock_monotonic_ns() - before_ns;
        if (span_ns < best.span_ns)
            best = (struct lapic_timer_sample){before_ns + span_ns / 2, span_ns, count};
    }
    return best;
}

/* ticks = ns * multiplier / 2^32, rounded up so that no interrupt comes early for it. */
static uint64_t lapic_timer_multiplier(uint64_t hz)
{
    return (hz / NS_PER_SECOND << 32) + (hz % NS_PER_SECOND << 32) / NS_PER_SECOND + 1;
}

/* The smallest divider with which the counter lasts for a good while: the precision is then far better than
 * any use of it. */
static unsigned lapic_timer_divider_shift(uint64_t hz)
{
    unsigned shift = 0;

    while (shift < TIMER_DIVIDER_SHIFT_MAX && hz >> shift > TIMER_HZ_WANTED)
        shift++;
    return shift;
}

/* The counter's frequency with divider 1, 0 if it stands still; and how long a delay it is known well enough
 * for. Beside the moments, the first and the last tick are uncertain. */
static uint64_t lapic_timer_measure(uint64_t *ret_delay_exact_ns)
{
    lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDER(0));
    lapic_write(LAPIC_TIMER_INITIAL, UINT32_MAX);
    struct lapic_timer_sample start = lapic_timer_sample();
    clock_spin_ns(TIMER_MEASURE_NS);
    struct lapic_timer_sample end = lapic_timer_sample();
    lapic_write(LAPIC_TIMER_INITIAL, 0);

    uint64_t passed_ns = end.ns - start.ns;
    uint64_t hz = (start.count - end.count) * NS_PER_SECOND / passed_ns;
    if (hz != 0)
        *ret_delay_exact_ns =
            passed_ns * TIMER_ERROR_MAX_NS / (start.span_ns / 2 + end.span_ns / 2 + NS_PER_SECOND / hz + 1);
    return hz;
}

static int lapic_timer_setup_one_shot(void)
{
    uint64_t delay_exact_ns, hz = lapic_timer_measure(&delay_exact_ns);

    if (hz == 0)
        return -EIO;
    unsigned shift = lapic_timer_divider_shift(hz);
    lapic.timer_mode = LVT_ONE_SHOT;
    lapic.timer_divider = TIMER_DIVIDER(shift);
    lapic.timer_multiplier = lapic_timer_multiplier(hz >> shift);
    lapic.timer_delay_max_ns = ((UINT32_MAX - 1ull) << 32) / lapic.timer_multiplier;
    lapic.timer_delay_exact_ns = delay_exact_ns;
    if (delay_exact_ns < TIMER_CUT_DIVISOR * TIMER_ERROR_MAX_NS) /* a cut would not make up for the error */
        lapic.timer_delay_max_ns = delay_exact_ns;
    log_debug("lapic: one-shot timer, %lu Hz, exact for up to %lu ms%s", hz,
              lapic.timer_delay_exact_ns / 1000000, cpu_features.has_arat ? ", always running" : "");
    return 0;
}

static void lapic_timer_setup_deadline(void)
{
    lapic.timer_mode = LVT_TSC_DEADLINE;
    lapic.timer_multiplier = lapic_timer_multiplier(clock_tsc_hz());
    lapic.timer_delay_max_ns = TIMER_DELAY_MAX_NS;
    lapic.timer_delay_exact_ns = TIMER_DELAY_MAX_NS;
    log_debug("lapic: TSC-deadline timer%s", cpu_features.has_arat ? ", always running" : "");
}

int lapic_timer_setup(void)
{
    int error = 0;

    if (clock_tsc_hz() == 0)
        return -EIO;
    if (cpu_features.has_tsc_deadline && cpu_features.has_invariant_tsc)
        lapic_timer_setup_deadline();
    else
        error = lapic_timer_setup_one_shot();
    lapic.has_timer = error == 0;
    lapic_timer_setup_cpu();
    return error;
}

void lapic_timer_setup_cpu(void)
{
    if (!lapic.has_timer)
        return;
    lapic_write(LAPIC_LVT_TIMER, lapic.timer_mode | TRAP_VECTOR_TIMER);
    if (lapic.timer_mode == LVT_ONE_SHOT)
        lapic_write(LAPIC_TIMER_DIVIDE, lapic.timer_divider);
    /* An MSR does not wait for a write to the xAPIC's page, and a deadline ahead of its mode is lost: SDM
     * 11.5.4.1. */
    __asm__ volatile("mfence" : : : "memory");
    lapic_timer_disarm();
}

bool lapic_timer_is_usable(void)
{
    return lapic.has_timer;
}

void lapic_timer_arm(uint64_t delay_ns)
{
    uint64_t delay = least(delay_ns, lapic.timer_delay_max_ns);

    if (delay > lapic.timer_delay_exact_ns)
        delay -= delay / TIMER_CUT_DIVISOR; /* the rest is armed for then, and more exactly */
    uint64_t ticks = (uint64_t)((unsigned __int128)delay * lapic.timer_multiplier >> 32) + 1;

    if (lapic.timer_mode == LVT_TSC_DEADLINE)
        msr_write(MSR_IA32_TSC_DEADLINE, cpu_timestamp() + ticks);
    else
        lapic_write(LAPIC_TIMER_INITIAL, (uint32_t)ticks);
}

void lapic_timer_disarm(void)
{
    if (lapic.timer_mode == LVT_TSC_DEADLINE)
        msr_write(MSR_IA32_TSC_DEADLINE, 0);
    else
        lapic_write(LAPIC_TIMER_INITIAL, 0);
}
