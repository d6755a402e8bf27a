/* Instructions that raise #GP, by their bytes (from an assembler). */
#include "arch/x86_64/instruction.h"

#include <stdlib.h>

#include "test.h"

#define PRIVILEGED INSTRUCTION_PRIVILEGED
#define JUMP INSTRUCTION_JUMP
#define OTHER INSTRUCTION_OTHER

static const struct {
    const char *text;
    uint8_t code[INSTRUCTION_MAX];
    size_t length;
    enum instruction_class expected;
} cases[] = {
    {"hlt", {0xf4}, 1, PRIVILEGED},
    {"cli", {0xfa}, 1, PRIVILEGED},
    {"sti", {0xfb}, 1, PRIVILEGED},
    {"in al, 0x60", {0xe4, 0x60}, 2, PRIVILEGED},
    {"in eax, 0x60", {0xe5, 0x60}, 2, PRIVILEGED},
    {"out 0x60, al", {0xe6, 0x60}, 2, PRIVILEGED},
    {"out 0x60, eax", {0xe7, 0x60}, 2, PRIVILEGED},
    {"in al, dx", {0xec}, 1, PRIVILEGED},
    {"in ax, dx", {0x66, 0xed}, 2, PRIVILEGED},
    {"out dx, al", {0xee}, 1, PRIVILEGED},
    {"out dx, eax", {0xef}, 1, PRIVILEGED},
    {"insb", {0x6c}, 1, PRIVILEGED},
    {"rep insd", {0xf3, 0x6d}, 2, PRIVILEGED},
    {"outsb", {0x6e}, 1, PRIVILEGED},
    {"rep outsw", {0x66, 0xf3, 0x6f}, 3, PRIVILEGED},
    {"int 0x80", {0xcd, 0x80}, 2, PRIVILEGED},
    {"lldt ax", {0x0f, 0x00, 0xd0}, 3, PRIVILEGED},
    {"ltr ax", {0x0f, 0x00, 0xd8}, 3, PRIVILEGED},
    {"lgdt [rax]", {0x0f, 0x01, 0x10}, 3, PRIVILEGED},
    {"lidt [r8]", {0x41, 0x0f, 0x01, 0x18}, 4, PRIVILEGED},
    {"sgdt [rax], with UMIP", {0x0f, 0x01, 0x00}, 3, PRIVILEGED},
    {"lmsw ax", {0x0f, 0x01, 0xf0}, 3, PRIVILEGED},
    {"invlpg [rax]", {0x0f, 0x01, 0x38}, 3, PRIVILEGED},
    {"swapgs", {0x0f, 0x01, 0xf8}, 3, PRIVILEGED},
    {"clts", {0x0f, 0x06}, 2, PRIVILEGED},
    {"sysretq", {0x48, 0x0f, 0x07}, 3, PRIVILEGED},
    {"invd", {0x0f, 0x08}, 2, PRIVILEGED},
    {"wbinvd", {0x0f, 0x09}, 2, PRIVILEGED},
    {"mov rax, cr3", {0x0f, 0x20, 0xd8}, 3, PRIVILEGED},
    {"mov rax, cr8", {0x44, 0x0f, 0x20, 0xc0}, 4, PRIVILEGED},
    {"mov rax, dr7", {0x0f, 0x21, 0xf8}, 3, PRIVILEGED},
    {"mov cr0, rax", {0x0f, 0x22, 0xc0}, 3, PRIVILEGED},
    {"mov dr7, rax", {0x0f, 0x23, 0xf8}, 3, PRIVILEGED},
    {"wrmsr", {0x0f, 0x30}, 2, PRIVILEGED},
    {"rdmsr", {0x0f, 0x32}, 2, PRIVILEGED},
    {"rdpmc", {0x0f, 0x33}, 2, PRIVILEGED},
    {"sysexit", {0x0f, 0x35}, 2, PRIVILEGED},
    {"hlt behind every kind of prefix",
     {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x4f, 0xf4},
     13,
     PRIVILEGED},

    {"ret", {0xc3}, 1, JUMP},
    {"rep ret", {0xf3, 0xc3}, 2, JUMP},
    {"ret 8", {0xc2, 0x08, 0x00}, 3, JUMP},
    {"call rax", {0xff, 0xd0}, 2, JUMP},
    {"call [rip + 16]", {0xff, 0x15, 0x10, 0, 0, 0}, 6, JUMP},
    {"call far [rax]", {0xff, 0x18}, 2, JUMP},
    {"jmp rax", {0xff, 0xe0}, 2, JUMP},
    {"jmp r11", {0x41, 0xff, 0xe3}, 3, JUMP},
    {"notrack jmp rax", {0x3e, 0xff, 0xe0}, 3, JUMP},
    {"jmp far [rax]", {0xff, 0x28}, 2, JUMP},

    {"inc dword [rax]", {0xff, 0x00}, 2, OTHER},
    {"dec dword [rax]", {0xff, 0x08}, 2, OTHER},
    {"push qword [rax]", {0xff, 0x30}, 2, OTHER},
    {"mov [rax], rax", {0x48, 0x89, 0x00}, 3, OTHER},
    {"mov rax, [rax]", {0x48, 0x8b, 0x00}, 3, OTHER},
    {"movaps [rax], xmm0", {0x0f, 0x29, 0x00}, 3, OTHER},
    {"syscall", {0x0f, 0x05}, 2, OTHER},
    {"rdtsc", {0x0f, 0x31}, 2, OTHER},
    {"nop", {0x90}, 1, OTHER},
    {"int3", {0xcc}, 1, OTHER},

    {"nothing", {0}, 0, OTHER},
    {"half of hlt with a prefix", {0x66}, 1, OTHER},
    {"half of two bytes", {0x0f}, 1, OTHER},
    {"half of two bytes with a prefix", {0x48, 0x0f}, 2, OTHER},
    {"half of an indirect jump", {0xff}, 1, OTHER},
    {"nothing but prefixes",
     {0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66},
     15,
     OTHER},
};

static void each_instruction_is_in_its_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *code = malloc(cases[i].length + 1); /* exactly so long: reading on is seen */
        memcpy(code + 1, cases[i].code, cases[i].length);
        if (instruction_classify(code + 1, cases[i].length) != cases[i].expected)
            fail_msg("%s", cases[i].text);
        free(code);
    }
}

/* Nothing is read beyond what is known, whatever it is. */
static void any_two_bytes_can_be_cut_anywhere(void **state)
{
    (void)state;
    for (uint32_t pair = 0; pair < 0x10000; pair++) {
        const uint8_t bytes[] = {(uint8_t)(pair >> 8), (uint8_t)pair};
        for (size_t length = 0; length <= 2; length++) {
            uint8_t code[2];
            __builtin_memcpy(code + 2 - length, bytes, length);
            (void)instruction_classify(code + 2 - length, length); /* ends where the array ends */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_instruction_is_in_its_class),
        cmocka_unit_test(any_two_bytes_can_be_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
