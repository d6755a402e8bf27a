/* Runs in ring 3, without a stack. RBX: lines left, R12: what is shared, R13: turns of others so far. */
#include "abi/syscall.h"
#include "test/user_program.h"

#define STDOUT 1

    .section .rodata
    .globl user_program
user_program:
    mov $USER_PROGRAM_LINES, %ebx
    mov $USER_PROGRAM_SHARED, %r12d
print:
    mov USER_PROGRAM_SHARED_TURNS(%r12), %r13d
    mov $SYS_write, %eax
    mov $STDOUT, %edi
    lea line(%rip), %rsi
    mov $(line_end - line), %edx
    syscall
work:
    pause
    cmpl $1, USER_PROGRAM_SHARED_THREADS(%r12)
    je next
    cmp %r13d, USER_PROGRAM_SHARED_TURNS(%r12)
    je work
next:
    dec %ebx
    jnz print
    lock decl USER_PROGRAM_SHARED_THREADS(%r12)
end:
    ud2
line:
    .ascii "-- ring 3 --\n"
line_end:

    .balign 4
    .globl user_program_size, user_program_end_offset
user_program_size:
    .long line_end - user_program
user_program_end_offset:
    .long end - user_program
