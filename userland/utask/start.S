/* First instructions of utask, behind the image header's jump. In: RSP -> argc, argv, ... as the
 * System V ABI says; all other registers are 0. */
    .text
    .globl image_start
    .type image_start, @function
image_start:
    xor %ebp, %ebp
    mov (%rsp), %rdi    /* argc */
    lea 8(%rsp), %rsi   /* argv */
    and $-16, %rsp
    call main
    mov %eax, %edi
    mov $231, %eax      /* exit_group */
    syscall
    ud2
    .size image_start, . - image_start
