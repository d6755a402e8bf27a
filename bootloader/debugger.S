/* debugger_spin: 64-bit mode, UEFI calling convention, RCX = image base. Keeps RBX, changes RAX. */

#define DEBUGGER_MAGIC 0x4c494e54454c4442 /* "BDLETNIL" in memory; tools/lintel.gdb looks for it */

    .text
    .globl debugger_spin
debugger_spin:
    push %rbx
    mov %rcx, %rbx
    movabs $DEBUGGER_MAGIC, %rax
1:  pause
    test %rax, %rax
    jnz 1b
    pop %rbx
    ret
