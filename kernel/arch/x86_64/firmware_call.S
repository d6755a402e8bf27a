/* uint64_t firmware_call(page_table RDI, function RSI, a1 RDX, a2 RCX, a3 R8, a4 R9) */
    .text
    .globl firmware_call
    .type firmware_call, @function
firmware_call:
    push %rbp
    mov %rsp, %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    sub $8, %rsp /* aligns */
    mov %cr3, %rax
    mov %rax, firmware_call_page_table(%rip)
    mov %rsp, firmware_call_stack(%rip) /* not 0: a call is under way */
    mov %rdi, %cr3
    xchg %rdx, %rcx /* a1 in RCX, a2 in RDX; a3 and a4 are in place */
    sub $32, %rsp   /* home space for the four */
    call *%rsi

    .globl firmware_call_resume
firmware_call_resume: /* RAX = result; RSP is taken from memory: after a fault it is not to be trusted */
    mov firmware_call_page_table(%rip), %rcx
    mov %rcx, %cr3
    mov firmware_call_stack(%rip), %rsp
    movq $0, firmware_call_stack(%rip)
    cld
    add $8, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .size firmware_call, . - firmware_call

    .bss
    .balign 8
firmware_call_page_table:
    .quad 0
    .globl firmware_call_stack
firmware_call_stack:
    .quad 0
