/* The processor: what it has, how it is set up, and the few instructions that portable code needs.
 * Context of everything here: any, unless said otherwise. */
#ifndef LINTEL_ARCH_CPU_H
#define LINTEL_ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* What CPUID says of the features that the kernel uses when present. */
struct cpu_features {
    char vendor[13];         /* "GenuineIntel", "AuthenticAMD", ... */
    char brand[49];          /* "" if the CPU does not tell */
    uint32_t basic_features; /* EDX of leaf 1: what programs get as AT_HWCAP */
    uint32_t family;         /* as the vendors' documents count: extended family included */
    uint32_t model;          /* likewise */
    bool has_smep;
    bool has_smap;
    bool has_umip;
    bool has_pge;
    bool has_pcid;
    bool has_pat;
    bool has_x2apic;
    bool has_page_1g;
    bool has_invariant_tsc;
    bool has_tsc_deadline; /* the local APIC's timer can wait for a value of the TSC */
    bool has_arat;         /* that timer counts on while the CPU sleeps deeper than HLT's C1 */
    bool has_rdtscp;       /* tells IA32_TSC_AUX too: the CPU's index */
    bool has_mce;
    uint8_t physical_address_bits; /* MAXPHYADDR */
    uint64_t tsc_hz;               /* as CPUID leaves 15h, 16h or the hypervisor's tell; 0 if they do not */
};

/* The boot CPU's features; valid after cpu_features_setup(). */
extern struct cpu_features cpu_features;

/* Read the features. Context: early boot, once. */
void cpu_features_setup(void);

/* Bring this CPU's control registers into the state the kernel runs in: write
 * protection in ring 0, SMEP, SMAP, UMIP, global pages and machine checks where the CPU has them,
 * SSE enabled for ring 3, the PAT with a write-combining entry.
 * Context: early boot, once on each CPU, interrupts disabled. */
void cpu_setup(void);

/* One line for the log: the protections that are on, e.g. "nx wp smep smap umip". */
const char *cpu_protections(void);

static inline uint64_t cpu_timestamp(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* The same, read after all earlier loads and before all later instructions. */
static inline uint64_t cpu_timestamp_ordered(void)
{
    uint32_t low, high;

    __asm__ volatile("mfence; lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void cpu_pause(void)
{
    __asm__ volatile("pause");
}

/* Wait for an interrupt with interrupts enabled. The STI takes effect behind the HLT, so that no
 * interrupt can slip in between and be slept over (Intel SDM volume 2, STI). */
static inline void cpu_wait_for_interrupt(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

static inline void cpu_interrupts_enable(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void cpu_interrupts_disable(void)
{
    __asm__ volatile("cli" : : : "memory");
}

/* Disable interrupts and say whether they were enabled, for cpu_interrupts_restore(). */
static inline bool cpu_interrupts_save(void)
{
    uint64_t flags;

    __asm__ volatile("pushfq; pop %0; cli" : "=r"(flags) : : "memory");
    return (flags & (1u << 9)) != 0;
}

static inline void cpu_interrupts_restore(bool were_enabled)
{
    if (were_enabled)
        cpu_interrupts_enable();
}

/* index % size, also where the compiler knows that index < size, but the CPU could predict a branch wrongly:
 * for the index into a table that a program chose (Intel: "bounds check bypass"). size is a power of two. */
static inline uint64_t cpu_wrap_index(uint64_t index, uint64_t size)
{
    __asm__("and %1, %0" : "+r"(index) : "re"(size - 1) : "cc");
    return index;
}

/* Stop this CPU for good. */
_Noreturn void cpu_stop(void);

/* Reset the machine by a triple fault: an exception without an IDT. */
_Noreturn void cpu_reset(void);

#endif
