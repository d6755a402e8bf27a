/* int user_fpu_save(struct fpu_state *state (RDI), const struct signal_fpu_software *software (RSI),
 *                   uint32_t components_low (EDX), uint32_t components_high (ECX))
 * int user_fpu_restore(const struct fpu_state *state (RDI), ... the same)
 * A fault between one of the labels _begin and _end that cannot be resolved resumes at user_fpu_fault; all that is
 * done there may be done again. STAC opens SMAP for these instructions only; it and CLAC exist only on CPUs with
 * SMAP. */
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
    jmp user_fpu_done
    .size user_fpu_save, . - user_fpu_save

    .globl user_fpu_restore
    .type user_fpu_restore, @function
user_fpu_restore:
    mov %edx, %eax
    mov %ecx, %edx
    mov 16(%rsi), %r10d /* state_size */
    testb $1, cpu_has_smap_flag(%rip)
    jz 1f
    stac
1:
    .globl user_fpu_restore_begin
user_fpu_restore_begin:
    mov 464(%rdi), %rcx
    cmp (%rsi), %rcx /* magic1 and extended_size */
    jne user_fpu_fault
    mov 472(%rdi), %rcx
    cmp 8(%rsi), %rcx /* components */
    jne user_fpu_fault
    cmp 480(%rdi), %r10d
    jne user_fpu_fault
    cmpl $0x46505845, (%rdi, %r10) /* SIGNAL_FPU_MAGIC2 */
    jne user_fpu_fault
    xrstor64 (%rdi) /* it checks what it reads: nothing depends on that being what was compared */
    .globl user_fpu_restore_end
user_fpu_restore_end:
    xor %eax, %eax
    jmp user_fpu_done
    .size user_fpu_restore, . - user_fpu_restore

    .globl user_fpu_fault
user_fpu_fault:
    mov $1, %eax

user_fpu_done:
    testb $1, cpu_has_smap_flag(%rip)
    jz 1f
    clac
1:  ret
