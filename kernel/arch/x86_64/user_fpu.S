/* int user_fpu_save(struct fpu_state *state (RDI), const struct signal_fpu_software *software (RSI),
 *                   uint32_t components_low (EDX), uint32_t components_high (ECX))
 * A fault between user_fpu_save_begin and user_fpu_save_end that cannot be resolved resumes at
 * user_fpu_save_fault; all stores may be done again. STAC opens SMAP for these instructions only; it and CLAC
 * exist only on CPUs with SMAP. */
    .text

    .globl user_fpu_save
    .type user_fpu_save, @function
user_fpu_save:
    mov %edx, %eax
    mov %ecx, %edx
    mov 16(%rsi), %r10d /* state_size */
    xor %ecx, %ecx
    testb $1, cpu_has_smap_flag(%rip)
    jz 1f
    stac
1:
    .globl user_fpu_save_begin
user_fpu_save_begin:
    mov %rcx, 512(%rdi) /* XSAVE's header, of which it writes the first word alone */
    mov %rcx, 520(%rdi)
    mov %rcx, 528(%rdi)
    mov %rcx, 536(%rdi)
    mov %rcx, 544(%rdi)
    mov %rcx, 552(%rdi)
    mov %rcx, 560(%rdi)
    mov %rcx, 568(%rdi)
    xsave64 (%rdi) /* not XSAVEOPT: programs look at registers that have their initial value, too */
    mov (%rsi), %rcx
    mov %rcx, 464(%rdi)
    mov 8(%rsi), %rcx
    mov %rcx, 472(%rdi)
    mov 16(%rsi), %rcx
    mov %rcx, 480(%rdi)
    mov 24(%rsi), %rcx
    mov %rcx, 488(%rdi)
    mov 32(%rsi), %rcx
    mov %rcx, 496(%rdi)
    mov 40(%rsi), %rcx
    mov %rcx, 504(%rdi)
    movl $0x46505845, (%rdi, %r10) /* SIGNAL_FPU_MAGIC2 */
    .globl user_fpu_save_end
user_fpu_save_end:
    xor %eax, %eax
    jmp 2f

    .globl user_fpu_save_fault
user_fpu_save_fault:
    mov $1, %eax

2:  testb $1, cpu_has_smap_flag(%rip)
    jz 3f
    clac
3:  ret
    .size user_fpu_save, . - user_fpu_save
