/* The kernel's story, from the bootloader's jump to ring 3. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "arch/x86_64/ap_start.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/cpu_where.h"
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/fpu.h"
#include "arch/x86_64/ioapic.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/pcid.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/user_entry.h"
#include "boot_info.h"
#include "core/clock.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/random.h"
#include "dev/acpi.h"
#include "dev/clock_source.h"
#include "dev/debugcon.h"
#include "dev/madt.h"
#include "dev/power.h"
#include "dev/ps2_keyboard.h"
#include "dev/uart16550.h"
#include "exec/vdso.h"
#include "fs/deferred.h"
#include "fs/pseudo.h"
#include "fs/root.h"
#include "input/input.h"
#include "ipc/setup.h"
#include "lib/string.h"
#include "memory_type.h"
#include "mm/addr_space.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "proc/ctrl_alt_del.h"
#include "proc/kmsg.h"
#include "proc/process.h"
#include "procfs/procfs.h"
#include "procfs/sysfs.h"
#include "sched/load_average.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sched/thread_log.h"
#include "sched/watchdog.h"
#include "syscall/trace.h"
#include "test/bench.h"
#include "test/fail_nth.h"
#include "test/provoke.h"
#include "test/test.h"
#include "tty/tty.h"
#include "vt/vt.h"
#include "vt/vt_screen.h"

/* What power_debug_exit() tells QEMU: exit status 2 * value + 1. */
#define DEBUG_EXIT_SUCCESS 0x10
#define DEBUG_EXIT_FAILURE 0x11 /* PID 1's exit status was not 0 */
#define DEBUG_EXIT_FAULT 0x12   /* PID 1 was ended by a fault */
#define DEBUG_EXIT_PANIC 0x13

/* Called by entry.S; boot lies in the direct map. */
void kmain(struct boot_info *boot, uint64_t tsc_kernel_entry);

static struct percpu boot_cpu;
static struct boot_info *boot_info;
static struct apic_map apics;
static struct path root;

static void must(int error, const char *what)
{
    if (error != 0)
        panic("boot: %s failed with error %d", what, error);
}

static void may(int error, const char *what)
{
    if (error != 0)
        log_warning("boot: %s is not available (error %d)", what, error);
}

static bool boot_info_is_valid(const struct boot_info *boot)
{
    return boot->magic == BOOT_INFO_MAGIC && boot->version == BOOT_INFO_VERSION &&
           boot->size_bytes == sizeof(*boot);
}

/* End the machine as the word `option=` says: poweroff, restart, debug-exit. Returns for anything
 * else, which means to halt. */
static void machine_end(const char *option, uint8_t debug_exit_value)
{
    if (command_line_is(option, "poweroff"))
        power_off();
    if (command_line_is(option, "restart"))
        power_restart();
    if (command_line_is(option, "debug-exit"))
        power_debug_exit(debug_exit_value);
}

/* RAM that was the kernel's before there were frames: its image, its first stack and tables, boot
 * information, the initrd as it was loaded. */
static uint64_t memory_loaded_pages(const struct boot_info *boot)
{
    const struct boot_memory_region *map = direct_map(boot->memory_map_physical);
    uint64_t pages = 0;

    for (size_t i = 0; i < boot->memory_map_count; i++) {
        if (map[i].type == MEMORY_KERNEL_CODE || map[i].type == MEMORY_KERNEL_DATA ||
            map[i].type == MEMORY_KERNEL_STACK)
            pages += map[i].size_pages;
    }
    return pages;
}

/* Of what is in use, all but the contents of files counts as the kernel's: there is no program yet, or there
 * are none any more. */
static void log_memory(void)
{
    struct file_system *files = root.node->file_system;
    const struct frames_stats stats = frames_get_stats();
    const uint64_t file_frames = files->get_usage(files).frames;
    const uint64_t in_use = memory_loaded_pages(boot_info) + stats.total - stats.free;

    /* 256 frames are 1 MiB. */
    log_info("memory: %lu MiB usable, %lu KiB used by the kernel, %lu KiB by files", stats.total / 256,
             (in_use - file_frames) * 4, file_frames * 4);
}

static void first_process_ended(struct process_end end)
{
    uint8_t value = end.is_fault      ? DEBUG_EXIT_FAULT
                    : end.status != 0 ? DEBUG_EXIT_FAILURE
                                      : DEBUG_EXIT_SUCCESS;

    log_info("PID 1 has ended: nothing is left to run");
    log_memory();
    machine_end("on-exit", value);
    log_info("halted: you may switch off the machine");
}

static void panic_begins(void)
{
    if (boot_info_is_valid(boot_info))
        vt_screen_rescue(&boot_info->framebuffer);
}

static void panic_ended(void)
{
    machine_end("panic", DEBUG_EXIT_PANIC);
    log_error("stopped: please note the lines above and restart the machine");
}

/* Serial line and debug console, before anything can fail; they are optional. */
static void early_console_setup(void)
{
    (void)uart16550_setup();
    (void)debugcon_setup();
}

static void boot_info_check(const struct boot_info *boot)
{
    if (!boot_info_is_valid(boot))
        panic("boot: the bootloader speaks version %u of the boot protocol, this kernel version %u",
              boot->version, BOOT_INFO_VERSION);
}

/* Warn of a word that nobody will look for: a typing error, most likely. `kaslr` is the bootloader's. */
static void command_line_check_word(const char *word, size_t length)
{
    static const char *const known[] = {
        "debug",    "quiet",    "kaslr=off",  "on-exit=",       "panic=",          "provoke=",
        "bench=",   "i8042=",   "keymap=",    "provoke-early=", "provoke-thread=", "maxcpus=",
        "ps=",      "test=",    "test-seed=", "watchdog=",      "strace=",         "wx=",
        "fail-nth", "console=", "pcid="};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t known_length = strlen(known[i]);
        bool has_value = known[i][known_length - 1] == '=';
        if ((length == known_length || (has_value && length > known_length)) &&
            strncmp(word, known[i], known_length) == 0)
            return;
    }
    log_warning("command line: %.*s is not a word that is known; see docs/command-line.md", (int)length,
                word);
}

static void command_line_setup(const struct boot_info *boot)
{
    const char *text = (const char *)(boot->direct_map_base + boot->command_line_physical);

    command_line_init(text);
    if (command_line_has("debug"))
        log_set_level(LOG_DEBUG);
    else if (command_line_has("quiet"))
        log_set_level(LOG_WARNING);
    log_info("Lintel %s, command line: %s", LINTEL_VERSION, text[0] != '\0' ? text : "(empty)");
    command_line_for_each(command_line_check_word);
}

static void log_marks(const struct boot_info *boot, uint64_t tsc_kernel_entry)
{
    log_script_line("mark loader-entry tsc=%lu", boot->tsc_loader_entry);
    log_script_line("mark images-loaded tsc=%lu", boot->tsc_images_loaded);
    log_script_line("mark exit-boot-services tsc=%lu", boot->tsc_exit_boot_services);
    log_script_line("mark kernel-entry tsc=%lu", tsc_kernel_entry);
}

/* What the bootloader handed over, one line an entry, at debug level. */
static void log_boot_info(const struct boot_info *boot)
{
    const struct boot_memory_region *map = direct_map(boot->memory_map_physical);
    const struct boot_mapping *mappings = direct_map(boot->mappings_physical);

    for (size_t i = 0; i < boot->memory_map_count; i++)
        log_debug("memory map: 0x%012lx-0x%012lx %8lu pages %s", map[i].base,
                  (uint64_t)(map[i].base + map[i].size_pages * PAGE_SIZE), map[i].size_pages,
                  memory_type_name(map[i].type));
    for (size_t i = 0; i < boot->mappings_count; i++)
        log_debug("kernel mapping: 0x%016lx %8lu pages at 0x%lx %c%c%c %s", mappings[i].virtual_base,
                  mappings[i].size_pages, mappings[i].physical_base,
                  mappings[i].protection & BOOT_PROT_READ ? 'r' : '-',
                  mappings[i].protection & BOOT_PROT_WRITE ? 'w' : '-',
                  mappings[i].protection & BOOT_PROT_EXECUTE ? 'x' : '-',
                  mappings[i].type == MEMORY_FREE ? "direct map" : memory_type_name(mappings[i].type));
    log_debug("user image: code at 0x%lx, %lu pages; data at 0x%lx, %lu pages; stack at 0x%lx, %lu pages",
              boot->user.code_physical, boot->user.text_pages + boot->user.rodata_pages,
              boot->user.data_physical, boot->user.data_pages, boot->user_stack_physical,
              (uint64_t)USER_STACK_PAGES);
}

/* Physical frames and the kernel's own mappings. From here on the bootloader's memory is free. */
static void memory_setup(const struct boot_info *boot)
{
    const struct boot_memory_region *map = (const void *)(boot->direct_map_base + boot->memory_map_physical);

    must(frames_init(map, boot->memory_map_count, boot->direct_map_base), "taking over physical memory");
    must(kernel_map_setup(boot), "setting up the kernel's address space");
    pcid_setup();
    must(addr_space_setup(), "setting up address spaces");
    must(percpu_create_interrupt_stacks(&boot_cpu), "allocating interrupt stacks");
    descriptors_use_interrupt_stacks();
}

/* What firmware says of CPUs and interrupt controllers. */
static void apics_setup(void)
{
    const struct acpi_header *madt = acpi_find("APIC", sizeof(*madt));

    if (madt == NULL || madt_parse(madt, madt->length, &apics) != 0)
        madt_default(&apics);
    if (apics.malformed_count != 0)
        log_warning("acpi: %lu entries of table APIC make no sense; ignored", apics.malformed_count);
    if (apics.cpus_left_out != 0)
        log_warning("cpu: %lu CPUs beyond the first %d are left alone", apics.cpus_left_out, APIC_MAP_CPUS);
}

static void interrupts_setup(void)
{
    apics_setup();
    int error = lapic_setup(&apics);

    may(error, "the local APIC");
    if (error != 0) {
        madt_default(&apics); /* the others could not be called */
        return;
    }
    boot_cpu.apic_id = lapic_id();
    may(ioapic_setup(&apics), "an I/O APIC");
    ipi_setup();
    if (clock_tsc_hz() != 0)
        may(lapic_timer_setup(), "the local APIC's timer");
}

/* Starting CPUs takes waits of known length, and threads on many CPUs need timers that work on all: without a
 * clock or timer the machine keeps one. */
static void cpus_start(const struct boot_info *boot)
{
    uint32_t cpus_max = CPU_COUNT_MAX;

    (void)command_line_number("maxcpus", &cpus_max);
    if (lapic_timer_is_usable())
        ap_start_all(&apics, cpus_max, boot);
    log_info("cpus %u online", cpu_count_online());
}

/* This CPU's part of the boot becomes its idle thread. */
static void threads_setup(void)
{
    must(sched_setup(), "setting up threads");
    sched_start_others();
    may(vt_screen_start(), "a thread that draws the screen");
    load_average_start();
    must(fs_deferred_start(), "starting a thread of the file systems");
}

/* What answers when the kernel does not: listings, the watchdog, keys on the serial line. */
static void diagnostics_setup(void)
{
    cpu_where_setup();
    may(thread_log_setup(), "the listing of threads");
    watchdog_setup();
    may(uart16550_setup_input(), "input from the serial line");
}

/* Terminals, before anybody opens /dev/console. */
static void terminals_setup(void)
{
    tty_setup();
    serial_tty_setup();
    may(vt_setup(), "a virtual terminal");
    tty_console_setup();
    tty_start();
}

/* Keys, and where they lead to. */
static void keyboard_setup(void)
{
    static const struct input_target target = {
        .type = vt_type,
        .key_modes = vt_key_modes,
        .type_break = vt_type_break,
        .hold = vt_type_hold,
        .scroll = vt_scroll,
        .switch_to = vt_switch,
        .ctrl_alt_del = ctrl_alt_del,
        .signal = vt_send_signal,
    };

    input_set_target(&target);
    may(input_setup(), "the keyboard's lights");
    may(ps2_keyboard_setup(), "a PS/2 keyboard");
}

/* In place of PID 1: the tests that `test=` names. */
/* The seed is used once. */
static void random_setup(struct boot_info *boot)
{
    random_seed(boot->random_seed);
    memset(boot->random_seed, 0, sizeof(boot->random_seed));
}

static void tests_run(void *argument)
{
    char names[TEST_NAMES_SIZE];

    (void)argument;
    (void)command_line_value("test", names, sizeof(names));
    machine_end("on-exit", test_run(names) == 0 ? DEBUG_EXIT_SUCCESS : DEBUG_EXIT_FAILURE);
    log_info("halted: you may switch off the machine");
}

/* Likewise, the measurements that `bench=` names. */
static void bench_main(void *argument)
{
    char name[16];

    (void)argument;
    (void)command_line_value("bench", name, sizeof(name));
    machine_end("on-exit", bench_run(name) == 0 ? DEBUG_EXIT_SUCCESS : DEBUG_EXIT_FAILURE);
    log_info("halted: you may switch off the machine");
}

static void tests_start(const char *name, void (*run)(void *argument))
{
    static const struct thread_options options = {.is_detached = true};

    must(thread_create(name, run, NULL, &options, NULL), "starting the tests");
}

static void first_process_start(const struct boot_info *boot)
{
    int error = process_create_first(boot, &root, first_process_ended);
    if (error != 0) { /* the program's fault, mostly, and no reason to panic */
        log_error("boot: there is no PID 1 (error %d): nothing can run", error);
        machine_end("on-exit", DEBUG_EXIT_FAULT);
        return;
    }
    log_memory();
    must(process_start_first(), "starting PID 1");
}

void kmain(struct boot_info *boot, uint64_t tsc_kernel_entry)
{
    descriptors_setup();
    percpu_setup(&boot_cpu);
    cpu_features_setup();
    cpu_setup();
    boot_info = boot;
    panic_set_handlers(panic_begins, panic_ended);
    early_console_setup();
    boot_info_check(boot);
    command_line_setup(boot);
    log_marks(boot, tsc_kernel_entry);
    provoke_as_asked("provoke-early");

    log_info("cpu: %s; protections: %s",
             cpu_features.brand[0] != '\0' ? cpu_features.brand : cpu_features.vendor, cpu_protections());
    memory_setup(boot);
    fpu_setup();
    may(vt_screen_setup(&boot->framebuffer), "a screen");
    log_boot_info(boot);

    may(acpi_setup(boot->rsdp_physical), "ACPI");
    may(clock_source_setup(boot, tsc_kernel_entry), "a clock");
    may(power_setup(boot), "the firmware's reset service");
    interrupts_setup();
    user_entry_setup(trace_choose_handler());
    random_setup(boot);
    cpus_start(boot);
    threads_setup();
    if (command_line_is("wx", "strict"))
        addr_space_forbid_write_execute();
    diagnostics_setup();
    may(vdso_setup(), "the vDSO");
    may(fail_nth_setup(), "the device that fails allocations");
    terminals_setup();
    may(kmsg_setup(), "the device kmsg");
    pseudo_setup();
    must(procfs_setup(), "setting up /proc");
    must(sysfs_setup(), "setting up /sys");
    must(root_setup(direct_map(boot->initrd_physical), boot->initrd_size_bytes, &root), "setting up files");
    keyboard_setup();
    ipc_setup();
    provoke_as_asked("provoke");
    may(provoke_thread_as_asked(), "the thread to be provoked");

    char names[TEST_NAMES_SIZE];
    if (command_line_value("test", names, sizeof(names)))
        tests_start("tests", tests_run);
    else if (command_line_value("bench", names, sizeof(names)))
        tests_start("bench", bench_main);
    else
        first_process_start(boot);
    sched_idle();
}
