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
#define LVT_PERIODIC (1u << 17)
#define COMMAND_FIXED (0u << 8)
#define COMMAND_NMI (4u << 8)
#define COMMAND_INIT (5u << 8)
#define COMMAND_STARTUP (6u << 8)
#define COMMAND_PENDING (1u << 12)
#define COMMAND_ASSERT (1u << 14)
#define COMMAND_PENDING_READS 100000 /* it takes microseconds; a read takes some 100 ns */
#define TIMER_DIVIDE_BY_16 3u
#define TIMER_MEASURE_NS 500000u

#define PIC_MASTER_DATA 0x21
#define PIC_SLAVE_DATA 0xa1

static struct {
    const struct apic_map *map;
    volatile uint32_t *page; /* NULL in x2APIC mode, which is that of all CPUs */
    bool is_there;           /* set up; nothing is known of it before */
    uint64_t base;           /* what IA32_APIC_BASE says on all CPUs */
    uint64_t timer_hz;       /* behind the divider */
} lapic;

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

static uint64_t lapic_timer_measure(void)
{
    lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_16);
    lapic_write(LAPIC_TIMER_INITIAL, UINT32_MAX);
    uint64_t start_ns = clock_monotonic_ns();
    uint32_t start = lapic_read(LAPIC_TIMER_CURRENT);
    clock_spin_ns(TIMER_MEASURE_NS);
    uint32_t passed = start - lapic_read(LAPIC_TIMER_CURRENT);
    uint64_t passed_ns = clock_monotonic_ns() - start_ns;
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    return passed * 1000000000ull / passed_ns;
}

int lapic_timer_start(uint32_t hz)
{
    if (lapic.timer_hz == 0)
        lapic.timer_hz = lapic_timer_measure();
    if (lapic.timer_hz / hz == 0)
        return -EIO;
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | TRAP_VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_16);
    lapic_write(LAPIC_TIMER_INITIAL, (uint32_t)(lapic.timer_hz / hz));
    return 0;
}
