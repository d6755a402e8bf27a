/* Opcodes from Intel SDM volume 2, appendix A, tables; privileged ones from volume 3,
 * section 5.9. */
#include "arch/x86_64/instruction.h"

#include <stdbool.h>

static bool byte_is_prefix(uint8_t byte)
{
    switch (byte) {
    case 0x26: /* segment overrides */
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x66: /* operand size */
    case 0x67: /* address size */
    case 0xf0: /* LOCK */
    case 0xf2: /* REPNE */
    case 0xf3: /* REP */
        return true;
    default:
        return byte >= 0x40 && byte <= 0x4f; /* REX */
    }
}

static enum instruction_class classify_two_bytes(uint8_t second)
{
    switch (second) {
    case 0x00: /* LLDT, LTR */
    case 0x01: /* LGDT, LIDT, LMSW, INVLPG, ... */
    case 0x06: /* CLTS */
    case 0x08: /* INVD */
    case 0x09: /* WBINVD */
    case 0x20: /* MOV from and to control and debug registers */
    case 0x21:
    case 0x22:
    case 0x23:
    case 0x30: /* WRMSR */
    case 0x32: /* RDMSR */
    case 0x33: /* RDPMC */
    case 0x35: /* SYSEXIT */
    case 0x07: /* SYSRET */
        return INSTRUCTION_PRIVILEGED;
    default:
        return INSTRUCTION_OTHER;
    }
}

enum instruction_class instruction_classify(const uint8_t *code, size_t length)
{
    size_t at = 0;

    while (at < length && byte_is_prefix(code[at]))
        at++;
    if (at == length)
        return INSTRUCTION_OTHER;
    switch (code[at]) {
    case 0x0f:
        return at + 1 < length ? classify_two_bytes(code[at + 1]) : INSTRUCTION_OTHER;
    case 0x6c: /* INS, OUTS */
    case 0x6d:
    case 0x6e:
    case 0x6f:
    case 0xe4: /* IN, OUT */
    case 0xe5:
    case 0xe6:
    case 0xe7:
    case 0xec:
    case 0xed:
    case 0xee:
    case 0xef:
    case 0xf4: /* HLT */
    case 0xfa: /* CLI */
    case 0xfb: /* STI */
    case 0xcd: /* INT n, to a gate that ring 3 may not use */
        return INSTRUCTION_PRIVILEGED;
    case 0xc2: /* RET, near and far */
    case 0xc3:
    case 0xca:
    case 0xcb:
    case 0xcf: /* IRET */
        return INSTRUCTION_JUMP;
    case 0xff: { /* group 5: /2 and /3 are calls, /4 and /5 jumps */
        unsigned operation = at + 1 < length ? code[at + 1] >> 3 & 7 : 0;
        return operation >= 2 && operation <= 5 ? INSTRUCTION_JUMP : INSTRUCTION_OTHER;
    }
    default:
        return INSTRUCTION_OTHER;
    }
}
