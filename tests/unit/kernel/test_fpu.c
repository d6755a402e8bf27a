/* Vector registers: what is chosen, over CPUs made of CPUID's answers; and the saving and restoring, which is
 * done by the host's CPU, for ring 3 may. */
#include "arch/x86_64/fpu.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/regs.h"
#include "core/log.h"
#include "test.h"

#define XSAVE (1u << 26)
#define OSXSAVE (1u << 27)
#define BASE_CR4 (CR4_PAE | CR4_OSFXSR)
#define AVX (1u << 2)
#define MPX (3u << 3)
#define AVX512 (7u << 5)
#define PKRU (1u << 9)
#define AMX (3u << 17)

#define COMPONENTS_MAX 20

/* Where the end of each component lies in the standard format. */
static const uint32_t intel_ends[COMPONENTS_MAX] = {
    576, 576, 832, 1024, 1088, 1152, 1664, 2688, 0, 2696, 0, 0, 0, 0, 0, 0, 0, 2816, 11008, 0,
};
static const uint32_t amd_ends[COMPONENTS_MAX] = {576, 576, 832, 0, 0, 896, 1408, 2432, 0, 2440};

struct cpu_model {
    const char *what;
    const char *vendor;
    uint32_t max_basic;
    uint32_t ecx; /* of leaf 1 */
    uint64_t components;
    const uint32_t *ends;
    uint32_t eax; /* of leaf 0Dh, 1 */
    uint64_t chosen;
    size_t size_bytes;
    const char *line;
};

#define INTEL "GenuineIntel"
#define AMD "AuthenticAMD"

static const struct cpu_model models[] = {
    {"qemu64", AMD, 0xd, ~XSAVE, 0, amd_ends, 0, 3, 512, "fpu: fxsave, components 0x3, 512 bytes a thread"},
    {"leaf 0Dh is hidden", INTEL, 0xc, XSAVE, 7, intel_ends, 1, 3, 512, "fpu: fxsave, "},
    {"no XSAVE, but a leaf 0Dh", INTEL, 0x16, 0, 7, intel_ends, 1, 3, 512, "fpu: fxsave, "},
    {"XSAVE alone", INTEL, 0xd, XSAVE, 3, intel_ends, 0, 3, 576, "fpu: xsave, components 0x3, 576 bytes"},
    {"Sandy Bridge", INTEL, 0xd, XSAVE, 7, intel_ends, 1, 7, 832,
     "fpu: xsaveopt, components 0x7, 832 bytes a thread"},
    {"no XSAVEOPT, but XSAVEC and XSAVES", AMD, 0xd, XSAVE, 7, amd_ends, 0xe, 7, 832, "fpu: xsave, "},
    {"Skylake", INTEL, 0x16, XSAVE, 3 | AVX | MPX, intel_ends, 0xf, 7, 832, "fpu: xsaveopt, "},
    {"Skylake-Server", INTEL, 0x16, XSAVE, 3 | AVX | MPX | AVX512 | PKRU, intel_ends, 0xf, 0xe7, 2688,
     "fpu: xsaveopt, components 0xe7, 2688 bytes"},
    {"Sapphire Rapids", INTEL, 0x20, XSAVE, 3 | AVX | AVX512 | PKRU | AMX, intel_ends, 0xf, 0xe7, 2688,
     "fpu: xsaveopt, components 0xe7, 2688 bytes"},
    {"Zen 4", AMD, 0x10, XSAVE, 3 | AVX | AVX512 | PKRU, amd_ends, 0xf, 0xe7, 2432,
     "fpu: xsaveopt, components 0xe7, 2432 bytes"},
    {"AVX-512 without one of its three", INTEL, 0x16, XSAVE, 3 | AVX | 1u << 5 | 1u << 7, intel_ends, 1, 7,
     832, "components 0x7, "},
    {"AVX-512 without AVX", INTEL, 0x16, XSAVE, 3 | AVX512, intel_ends, 1, 3, 576, "components 0x3, "},
    {"components above 31", INTEL, 0x16, XSAVE, 7 | 1ull << 62, intel_ends, 1, 7, 832, "components 0x7, "},
};

/* The host's CPU, with features hidden. */
struct host {
    const char *what;
    bool has_xsave, has_xsaveopt;
    const char *vendor;
    const char *line;
};

static const struct host hosts[] = {
    {"FXSAVE", false, false, INTEL, "fpu: fxsave, "},
    {"FXSAVE, AMD before Zen", false, false, AMD, "fpu: fxsave, "},
    {"XSAVE", true, false, INTEL, "fpu: xsave, "},
    {"XSAVE, AMD before Zen", true, false, AMD, "fpu: xsave, "},
    {"XSAVEOPT", true, true, INTEL, "fpu: xsaveopt, "},
};

struct cpu_features cpu_features;

static const struct cpu_model *model; /* NULL: the host */
static const struct host *host;
static uint64_t cr4, xcr0;
static unsigned cr4_writes;
static char line[LOG_LINE_MAX];

static uint32_t model_size(void)
{
    uint32_t size_bytes = 576;

    for (unsigned i = 0; i < COMPONENTS_MAX; i++) {
        if ((xcr0 >> i & 1) != 0 && model->ends[i] > size_bytes)
            size_bytes = model->ends[i];
    }
    return size_bytes;
}

static struct cpuid_result model_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r = {0, 0, 0, 0};

    assert_true(leaf <= model->max_basic || leaf >= 0x80000000);
    if (leaf == 0)
        r.eax = model->max_basic;
    else if (leaf == 1)
        r.ecx = model->ecx;
    else if (leaf == 0xd && subleaf == 0)
        r = (struct cpuid_result){(uint32_t)model->components, model_size(), 0xffff,
                                  (uint32_t)(model->components >> 32)};
    else if (leaf == 0xd && subleaf == 1)
        r.eax = model->eax;
    else if (leaf == 0x80000000)
        r.eax = 0x80000008;
    else
        assert_int_equal(leaf, 0x80000008);
    return r;
}

static struct cpuid_result host_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r = real_cpuid(leaf, subleaf);

    if (leaf == 1 && !host->has_xsave)
        r.ecx &= ~XSAVE;
    if (leaf == 0xd && subleaf == 1 && !host->has_xsaveopt)
        r.eax &= ~1u;
    if (leaf == 0x80000008)
        r.ebx = 0;
    return r;
}

struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
    return model != NULL ? model_cpuid(leaf, subleaf) : host_cpuid(leaf, subleaf);
}

uint64_t cr4_read(void)
{
    return cr4;
}

void cr4_write(uint64_t value)
{
    cr4 = value;
    cr4_writes++;
}

/* Each of these is an exception on a real CPU: SDM volume 2, XSETBV. */
void xcr0_write(uint64_t value)
{
    assert_true((cr4 & CR4_OSXSAVE) != 0);
    assert_true((value & 1) != 0);
    assert_true((value & AVX) == 0 || (value & XCR0_SSE) != 0);
    assert_true((value & AVX512) == 0 || ((value & AVX512) == AVX512 && (value & AVX) != 0));
    if (model != NULL)
        assert_true((value & ~model->components) == 0);
    xcr0 = value;
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list arguments;

    assert_int_equal(level, LOG_DEBUG);
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
}

static void cpu_power_on(const char *vendor)
{
    cr4 = BASE_CR4;
    cr4_writes = 0;
    xcr0 = 1;
    strcpy(cpu_features.vendor, vendor);
}

/* Exactly so large: a write beyond is seen. */
static struct fpu_state *state_create(void)
{
    size_t size_bytes =
        (fpu_state_size() + FPU_STATE_ALIGNMENT - 1) / FPU_STATE_ALIGNMENT * FPU_STATE_ALIGNMENT;
    struct fpu_state *state = aligned_alloc(FPU_STATE_ALIGNMENT, size_bytes);

    memset(state, 0xa5, size_bytes);
    fpu_state_init(state);
    return state;
}

static void check_initial_image(void)
{
    struct fpu_state *state = state_create();
    uint8_t expected[16384] = {[0] = 0x7f, [1] = 0x03, [24] = 0x80, [25] = 0x1f};

    assert_memory_equal(state, expected, fpu_state_size());
    free(state);
}

static void components_are_chosen_and_switched_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        model = &models[i];
        bool has_xsave = model->size_bytes > 512;
        cpu_power_on(model->vendor);
        fpu_setup();
        if (fpu_components() != model->chosen || fpu_state_size() != model->size_bytes)
            fail_msg("%s: components 0x%lx, %lu bytes", model->what, fpu_components(), fpu_state_size());
        assert_contains(line, model->line);
        assert_int_equal(xcr0, has_xsave ? model->chosen : 1);
        assert_int_equal(cr4, has_xsave ? BASE_CR4 | CR4_OSXSAVE : BASE_CR4);
        assert_int_equal(cr4_writes, has_xsave);
        check_initial_image();

        cpu_power_on(model->vendor); /* another CPU */
        fpu_setup_cpu();
        assert_int_equal(xcr0, has_xsave ? model->chosen : 1);
        assert_int_equal(cr4, has_xsave ? BASE_CR4 | CR4_OSXSAVE : BASE_CR4);
    }
    model = NULL;
}

struct registers {
    uint8_t ymm[16][32];
    uint8_t zmm31[64];
    double st0;
    uint64_t k1; /* 16 bits of it */
    uint32_t mxcsr;
    uint32_t x87_control;
    struct {
        uint32_t control, status, tag, instruction, code_segment_and_opcode, data, data_segment;
    } environment; /* as FNSTENV gives it */
};

_Static_assert(offsetof(struct registers, zmm31) == 512, "assembly uses it");
_Static_assert(offsetof(struct registers, st0) == 576, "assembly uses it");
_Static_assert(offsetof(struct registers, k1) == 584, "assembly uses it");
_Static_assert(offsetof(struct registers, mxcsr) == 592, "assembly uses it");
_Static_assert(offsetof(struct registers, x87_control) == 596, "assembly uses it");
_Static_assert(offsetof(struct registers, environment) == 600, "assembly uses it");

/* Fill the registers, those that the host's XCR0 has, and call call_fpu_save(). */
void fill_and_save(const struct registers *registers, struct fpu_state *state, uint32_t host_xcr0);

/* Call fpu_restore() and read the registers out. */
void restore_and_read(const struct fpu_state *state, struct registers *ret_registers, uint32_t host_xcr0);

#define EACH_REGISTER(instruction)                                       \
    "    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n" \
    "    " instruction "\n"                                              \
    "    .endr\n"

__asm__(
    ".text\n"
    "mxcsr_initial: .long 0x1f80\n"

    ".globl fill_and_save\n"
    "fill_and_save:\n"
    "    push %rdx\n"
    "    fninit\n"
    "    fldl 576(%rdi)\n"
    "    fldcw 596(%rdi)\n"
    "    ldmxcsr 592(%rdi)\n"
    "    test $4, %edx\n"
    "    jnz 1f\n" EACH_REGISTER(
        "movdqu 32 * \\i(%rdi), %xmm\\i") "    jmp 2f\n"
                                          "1:\n" EACH_REGISTER(
                                              "vmovdqu 32 * \\i(%rdi), %ymm\\i") "2:  test $0x20, %edx\n"
                                                                                 "    jz 3f\n"
                                                                                 "    vmovdqu64 512(%rdi), "
                                                                                 "%zmm31\n"
                                                                                 "    kmovw 584(%rdi), %k1\n"
                                                                                 "3:  mov %rsi, %rdi\n"
                                                                                 "    call call_fpu_save\n"
                                                                                 "    pop %rdx\n"
                                                                                 "    jmp registers_reset\n"

                                                                                 ".globl restore_and_read\n"
                                                                                 "restore_and_read:\n"
                                                                                 "    push %rsi\n"
                                                                                 "    push %rdx\n"
                                                                                 "    sub $8, %rsp\n"
                                                                                 "    call call_fpu_restore\n"
                                                                                 "    add $8, %rsp\n"
                                                                                 "    pop %rdx\n"
                                                                                 "    pop %rsi\n"
                                                                                 "    stmxcsr 592(%rsi)\n"
                                                                                 "    fnstcw 596(%rsi)\n"
                                                                                 "    fnstenv 600(%rsi)\n"
                                                                                 "    fstpl 576(%rsi)\n"
                                                                                 "    test $4, %edx\n"
                                                                                 "    jnz 1f\n" EACH_REGISTER(
                                                                                     "movdqu %xmm\\i, 32 * "
                                                                                     "\\i(%rsi)") "    jmp "
                                                                                                  "2f\n"
                                                                                                  "1:"
                                                                                                  "\n" EACH_REGISTER(
                                                                                                      "vmovdq"
                                                                                                      "u "
                                                                                                      "%ymm\\"
                                                                                                      "i, 32 "
                                                                                                      "* "
                                                                                                      "\\i(%"
                                                                                                      "rsi)") "2:  test $0x20, %edx\n"
                                                                                                              "    jz registers_reset\n"
                                                                                                              "    vmovdqu64 %zmm31, 512(%rsi)\n"
                                                                                                              "    kmovw %k1, 584(%rsi)\n"

                                                                                                              "registers_reset:\n"
                                                                                                              "    fninit\n"
                                                                                                              "    ldmxcsr mxcsr_initial(%rip)\n"
                                                                                                              "    test $4, %edx\n"
                                                                                                              "    jz 1f\n"
                                                                                                              "    vzeroupper\n"
                                                                                                              "1:  ret\n");

static bool host_can(const struct host *candidate)
{
    bool has_xsave = (real_cpuid(1, 0).ecx & OSXSAVE) != 0;

    return (has_xsave || !candidate->has_xsave) &&
           (!candidate->has_xsaveopt || (real_cpuid(0xd, 1).eax & 1) != 0);
}

static uint32_t host_xcr0(void)
{
    uint32_t low = 3, high;

    if ((real_cpuid(1, 0).ecx & OSXSAVE) != 0)
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static struct registers registers_random(void)
{
    struct registers registers;
    uint8_t *bytes = (uint8_t *)&registers;

    for (size_t i = 0; i < sizeof(registers); i++)
        bytes[i] = (uint8_t)random_below(256);
    registers.st0 = (double)random_below(1ull << 40) + 0.5;
    registers.k1 = random_below(1 << 16);
    registers.mxcsr = 0x1f80 | (uint32_t)random_below(4) << 13;      /* rounding */
    registers.x87_control = 0x37f | (uint32_t)random_below(4) << 10; /* the same */
    return registers;
}

static void check_registers(const struct registers *is, const struct registers *expected)
{
    bool has_avx = (fpu_components() & host_xcr0() & AVX) != 0;

    for (size_t i = 0; i < 16; i++)
        assert_memory_equal(is->ymm[i], expected->ymm[i], has_avx ? 32 : 16);
    assert_int_equal(is->mxcsr, expected->mxcsr);
    assert_int_equal((uint16_t)is->x87_control, (uint16_t)expected->x87_control);
    if ((fpu_components() & host_xcr0() & AVX512) != 0) {
        assert_memory_equal(is->zmm31, expected->zmm31, sizeof(is->zmm31));
        assert_int_equal((uint16_t)is->k1, (uint16_t)expected->k1);
    }
}

static void check_is_initial(const struct fpu_state *state)
{
    static const struct registers initial = {.mxcsr = 0x1f80, .x87_control = 0x37f};
    struct registers registers = registers_random();

    restore_and_read(state, &registers, host_xcr0());
    check_registers(&registers, &initial);
    assert_int_equal((uint16_t)registers.environment.status, 0);
    assert_int_equal((uint16_t)registers.environment.tag, 0xffff);
    assert_int_equal(registers.environment.instruction, 0); /* of the program before: CVE-2006-1056 */
    assert_int_equal(registers.environment.data, 0);
}

/* Programs take turns; each finds what it left. */
static void take_turns(void)
{
    enum { PROGRAMS = 3, TURNS = 200 };
    struct fpu_state *states[PROGRAMS];
    struct registers expected[PROGRAMS], registers;

    for (size_t i = 0; i < PROGRAMS; i++) {
        states[i] = state_create();
        check_is_initial(states[i]);
        expected[i] = registers_random();
        fill_and_save(&expected[i], states[i], host_xcr0());
    }
    for (unsigned turn = 0; turn < TURNS; turn++) {
        size_t i = random_below(PROGRAMS);
        restore_and_read(states[i], &registers, host_xcr0());
        check_registers(&registers, &expected[i]);
        assert_true(registers.st0 == expected[i].st0);
        assert_int_equal((uint16_t)registers.environment.tag, 0x3fff);
        expected[i] = registers_random();
        fill_and_save(&expected[i], states[i], host_xcr0());
    }
    for (size_t i = 0; i < PROGRAMS; i++) {
        fpu_state_init(states[i]); /* for the next program */
        check_is_initial(states[i]);
        free(states[i]);
    }
}

static void registers_are_saved_and_restored(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        host = &hosts[i];
        if (!host_can(host)) {
            print_message("%s: not on this host\n", host->what);
            continue;
        }
        cpu_power_on(host->vendor);
        fpu_setup();
        assert_contains(line, host->line);
        take_turns();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_chosen_and_switched_on),
        cmocka_unit_test(registers_are_saved_and_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
