/* UEFI's ResetSystem is the one way to switch a PC off that needs no interpreter of ACPI machine
 * language. Firmware is called in physical mode: docs/hazards/firmware-runtime.md. */
#include "dev/power.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/firmware_call.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/port.h"
#include "boot_info.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/sysrq.h"
#include "memory_type.h"
#include "mm/kernel_map.h"

/* EFI_SYSTEM_TABLE and EFI_RUNTIME_SERVICES (UEFI 2.10, sections 4.3 and 4.5), the parts in use. */
#define EFI_TABLE_HEADER_SIZE 24
#define EFI_SYSTEM_TABLE_RUNTIME_SERVICES 88
#define EFI_RUNTIME_SERVICES_RESET_SYSTEM (EFI_TABLE_HEADER_SIZE + 10 * 8)
#define EFI_RESET_COLD 0
#define EFI_RESET_SHUTDOWN 2

#define RESET_CONTROL_PORT 0xcf9
#define RESET_CONTROL_FULL 0x0e /* reset CPU, full reset: Intel PCH data sheets */
#define DEBUG_EXIT_PORT 0xf4
#define RESET_WAIT_NS 1000000000ull

static struct {
    struct page_table table; /* the kernel half, and firmware's regions identity-mapped */
    uint64_t reset_system;   /* 0: not to be had */
} power;

static int power_map_firmware(const struct boot_memory_region *region)
{
    uint32_t caching = region->type == MEMORY_MMIO ? MAP_UNCACHED : 0;

    for (uint64_t i = 0; i < region->size_pages; i++) {
        paddr_t page = region->base + i * PAGE_SIZE;
        int error = page_table_map(&power.table, page, page,
                                   MAP_READ | MAP_WRITE | MAP_EXECUTE | MAP_FIRMWARE | caching);
        if (error != 0)
            return error;
    }
    return 0;
}

/* Device regions beyond this are PCI windows, not what ResetSystem needs. */
#define FIRMWARE_MMIO_PAGES_MAX 8192

static int power_map_regions(const struct boot_info *boot)
{
    const struct boot_memory_region *map = direct_map(boot->memory_map_physical);

    for (size_t i = 0; i < boot->memory_map_count; i++) {
        bool is_wanted = map[i].type == MEMORY_RUNTIME_SERVICES ||
                         (map[i].type == MEMORY_MMIO && map[i].size_pages <= FIRMWARE_MMIO_PAGES_MAX);
        int error = is_wanted ? power_map_firmware(&map[i]) : 0;
        if (error != 0)
            return error;
    }
    return 0;
}

static uint64_t firmware_read64(paddr_t address)
{
    const uint64_t *value = address == 0 ? NULL : kernel_map_firmware_table(address, sizeof(*value));

    return value == NULL ? 0 : *value;
}

static void power_key_restart(const struct trap_frame *frame)
{
    (void)frame;
    power_restart();
}

int power_setup(const struct boot_info *boot)
{
    static struct sysrq_key restart_key = {.key = 'b', .help = "restart", .act = power_key_restart};

    sysrq_add(&restart_key);
    if (boot->efi_system_table_physical == 0)
        return -ENODEV;
    paddr_t services = firmware_read64(boot->efi_system_table_physical + EFI_SYSTEM_TABLE_RUNTIME_SERVICES);
    uint64_t reset_system = services == 0 ? 0 : firmware_read64(services + EFI_RUNTIME_SERVICES_RESET_SYSTEM);
    if (reset_system == 0)
        return -ENODEV;

    int error = page_table_create(kernel_map_table(), &power.table);
    if (error != 0)
        return error;
    error = power_map_regions(boot);
    if (error != 0) {
        page_table_destroy(&power.table);
        return error;
    }
    power.reset_system = reset_system;
    return 0;
}

/* Returns only if the firmware does not do what it is asked for. */
static void power_ask_firmware(uint64_t reset_type)
{
    if (power.reset_system == 0)
        return;
    uint64_t status = firmware_call(power.table.root, power.reset_system, reset_type, 0, 0, 0);
    if (status == FIRMWARE_CALL_FAULTED)
        log_error("power: the firmware faulted in ResetSystem");
    else
        log_error("power: the firmware's ResetSystem returned");
}

/* From here on this CPU is alone. The log's lock may be held by one that was stopped. */
static void power_take_machine(void)
{
    cpu_interrupts_disable();
    ipi_stop_others();
    log_emergency();
}

_Noreturn void power_halt(void)
{
    power_take_machine();
    cpu_stop();
}

_Noreturn void power_off(void)
{
    power_take_machine();
    power_ask_firmware(EFI_RESET_SHUTDOWN);
    log_error("power: this machine cannot be switched off by software; please switch it off");
    cpu_stop();
}

_Noreturn void power_restart(void)
{
    power_take_machine();
    power_ask_firmware(EFI_RESET_COLD);
    port_write8(RESET_CONTROL_PORT, RESET_CONTROL_FULL);
    clock_spin_ns(RESET_WAIT_NS);
    cpu_reset();
}

_Noreturn void power_debug_exit(uint8_t value)
{
    cpu_interrupts_disable();
    port_write8(DEBUG_EXIT_PORT, value);
    log_error("power: no debug-exit device; stopped");
    cpu_stop();
}
