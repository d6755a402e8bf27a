/* Every feature is asked for by CPUID before its control bit is set: setting an unknown CR4 bit is a
 * #GP on a real CPU and an endless loop under QEMU's TCG. */
#include "arch/x86_64/cpu.h"

#include "arch/x86_64/pat.h"
#include "arch/x86_64/regs.h"
#include "lib/format.h"
#include "lib/string.h"

#define CPUID_HYPERVISOR_BASE 0x40000000u
#define CPUID_HYPERVISOR_TIMING 0x40000010u /* VMware's leaf, also KVM's: EAX = TSC kHz */

struct cpu_features cpu_features;

/* Read by assembly that must know whether STAC and CLAC exist (user_copy.S, trap_entry.S). */
uint8_t cpu_has_smap_flag;

static void cpu_read_names(uint32_t max_extended)
{
    struct cpuid_result r = cpuid(0, 0);

    memcpy(cpu_features.vendor, &r.ebx, 4);
    memcpy(cpu_features.vendor + 4, &r.edx, 4);
    memcpy(cpu_features.vendor + 8, &r.ecx, 4);
    if (max_extended < 0x80000004)
        return;
    for (uint32_t i = 0; i < 3; i++) {
        r = cpuid(0x80000002 + i, 0);
        memcpy(cpu_features.brand + 16 * i, &r, 16);
    }
}

/* TSC frequency from leaf 15h (crystal times ratio), else from the base frequency in leaf 16h where
 * 15h gives a ratio but no crystal, else from a hypervisor; 0 if none tells.
 * Source: Intel SDM volume 3, section 19.7.3. */
static uint64_t cpu_read_tsc_hz(uint32_t max_basic, bool has_hypervisor)
{
    if (max_basic >= 0x15) {
        struct cpuid_result r = cpuid(0x15, 0);
        if (r.eax != 0 && r.ebx != 0 && r.ecx != 0)
            return (uint64_t)r.ecx * r.ebx / r.eax;
        if (r.eax != 0 && r.ebx != 0 && max_basic >= 0x16 && (cpuid(0x16, 0).eax & 0xffff) != 0)
            return (uint64_t)(cpuid(0x16, 0).eax & 0xffff) * 1000000;
    }
    if (has_hypervisor && cpuid(CPUID_HYPERVISOR_BASE, 0).eax >= CPUID_HYPERVISOR_TIMING)
        return (uint64_t)cpuid(CPUID_HYPERVISOR_TIMING, 0).eax * 1000;
    return 0;
}

void cpu_features_setup(void)
{
    uint32_t max_basic = cpuid(0, 0).eax, max_extended = cpuid(0x80000000, 0).eax;
    struct cpuid_result basic = cpuid(1, 0);

    cpu_read_names(max_extended);
    cpu_features.family = basic.eax >> 8 & 0xf;
    if (cpu_features.family == 0xf)
        cpu_features.family += basic.eax >> 20 & 0xff;
    cpu_features.model = basic.eax >> 4 & 0xf;
    if (cpu_features.family == 6 || cpu_features.family >= 0xf)
        cpu_features.model += basic.eax >> 12 & 0xf0;
    cpu_features.basic_features = basic.edx;
    cpu_features.has_mce = basic.edx & 1u << 7;
    cpu_features.has_pge = basic.edx & 1u << 13;
    cpu_features.has_pat = basic.edx & 1u << 16;
    cpu_features.has_pcid = basic.ecx & 1u << 17;
    cpu_features.has_x2apic = basic.ecx & 1u << 21;
    cpu_features.has_tsc_deadline = basic.ecx & 1u << 24;
    cpu_features.has_arat = max_basic >= 6 && (cpuid(6, 0).eax & 1u << 2) != 0;
    if (max_basic >= 7) {
        struct cpuid_result r = cpuid(7, 0);
        cpu_features.has_smep = r.ebx & 1u << 7;
        cpu_features.has_smap = r.ebx & 1u << 20;
        cpu_features.has_umip = r.ecx & 1u << 2;
    }
    if (max_extended >= 0x80000001) {
        struct cpuid_result r = cpuid(0x80000001, 0);
        cpu_features.has_page_1g = r.edx & 1u << 26;
        cpu_features.has_rdtscp = r.edx & 1u << 27;
    }
    if (max_extended >= 0x80000007)
        cpu_features.has_invariant_tsc = cpuid(0x80000007, 0).edx & 1u << 8;
    cpu_features.physical_address_bits = max_extended >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xff : 36;
    cpu_features.tsc_hz = cpu_read_tsc_hz(max_basic, basic.ecx & 1u << 31);
}

/* AMD's families 0Fh and 10h can enter C1E when all cores have halted, and stop their local APIC timers with
 * it, which an idle machine waits for. Source: BKDG for AMD Family 10h Processors, MSRC001_0055. */
static void cpu_disable_c1e(void)
{
    uint32_t family = cpu_features.family;

    if (strncmp(cpu_features.vendor, "AuthenticAMD", sizeof(cpu_features.vendor)) != 0 ||
        (family != 0x0f && family != 0x10))
        return;
    uint64_t pending = msr_read(MSR_AMD_INTERRUPT_PENDING);
    if ((pending & AMD_C1E_ON_HALT) != 0)
        msr_write(MSR_AMD_INTERRUPT_PENDING, pending & ~AMD_C1E_ON_HALT);
}

void cpu_setup(void)
{
    /* No emulation, no lazy task switching: ring 3 may use x87 and SSE at once. AM lets a program
     * ask for alignment checks in its own RFLAGS. */
    cr0_write((cr0_read() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE | CR0_WP | CR0_AM);

    uint64_t cr4 = CR4_PAE | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    if (cpu_features.has_pge)
        cr4 |= CR4_PGE;
    if (cpu_features.has_mce)
        cr4 |= CR4_MCE;
    if (cpu_features.has_umip)
        cr4 |= CR4_UMIP;
    if (cpu_features.has_smep)
        cr4 |= CR4_SMEP;
    if (cpu_features.has_smap)
        cr4 |= CR4_SMAP;
    pat_setup(); /* before PGE goes on, which flushes translations of the old types (SDM 12.12.4) */
    cr4_write(cr4);
    cpu_has_smap_flag = cpu_features.has_smap;

    cpu_disable_c1e();

    /* The state at reset, whatever firmware left: ring 3 inherits it. */
    uint32_t mxcsr = 0x1f80;
    __asm__ volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
}

const char *cpu_protections(void)
{
    static char text[40];

    format_to_buffer(text, sizeof(text), "nx wp%s%s%s", cpu_features.has_smep ? " smep" : "",
                     cpu_features.has_smap ? " smap" : "", cpu_features.has_umip ? " umip" : "");
    return text;
}

_Noreturn void cpu_stop(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

_Noreturn void cpu_reset(void)
{
    const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) empty = {0, 0};

    __asm__ volatile("lidt %0; int3" : : "m"(empty));
    cpu_stop();
}
