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
#define LAPIC_VERSION 0x30
#define LAPIC_TASK_PRIORITY 0x80
#define LAPIC_EOI 0xb0
#define LAPIC_SPURIOUS 0xf0
#define LAPIC_IN_SERVICE 0x100 /* eight registers of 32 bits, 16 bytes apart */
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
#define LVT_PERIODIC (1u << 17)
#define TIMER_DIVIDE_BY_16 3u
#define TIMER_DIVISOR 16u
#define TIMER_MEASURE_NS 500000u

#define PIC_MASTER_DATA 0x21
#define PIC_SLAVE_DATA 0xa1

static struct {
    volatile uint32_t *page; /* NULL in x2APIC mode */
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

int lapic_setup(void)
{
    uint64_t base = msr_read(MSR_IA32_APIC_BASE);

    if ((base & APIC_BASE_ENABLE) == 0) {
        base |= APIC_BASE_ENABLE;
        msr_write(MSR_IA32_APIC_BASE, base);
    }
    lapic.page = NULL;
    if ((base & APIC_BASE_X2APIC) == 0) {
        lapic.page = kernel_map_device(base & APIC_BASE_ADDRESS, PAGE_SIZE, MAP_UNCACHED);
        if (lapic.page == NULL)
            return -ENOMEM;
    }
    pic_mask();

    trap_set_interrupt_handler(TRAP_VECTOR_SPURIOUS, lapic_spurious);
    lapic_write(LAPIC_TASK_PRIORITY, 0);
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
    lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
    lapic_write(LAPIC_LVT_LINT1, LVT_NMI);
    lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
    lapic_write(LAPIC_SPURIOUS, LAPIC_SPURIOUS_ENABLE | TRAP_VECTOR_SPURIOUS);
    if (lapic_read(LAPIC_SPURIOUS) != (LAPIC_SPURIOUS_ENABLE | TRAP_VECTOR_SPURIOUS))
        return -ENODEV;
    log_debug("lapic: version 0x%x, %s mode", lapic_read(LAPIC_VERSION) & 0xff,
              lapic.page == NULL ? "x2APIC" : "xAPIC");
    return 0;
}

void lapic_end_of_interrupt(void)
{
    lapic_write(LAPIC_EOI, 0);
}

bool lapic_is_in_service(unsigned vector)
{
    return (lapic_read(LAPIC_IN_SERVICE + vector / 32 * 16) >> vector % 32 & 1) != 0;
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
    lapic.timer_hz = lapic_timer_measure();
    if (lapic.timer_hz / hz == 0)
        return -EIO;
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | TRAP_VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_16);
    lapic_write(LAPIC_TIMER_INITIAL, (uint32_t)(lapic.timer_hz / hz));
    return 0;
}

uint64_t lapic_timer_hz(void)
{
    return lapic.timer_hz * TIMER_DIVISOR;
}
