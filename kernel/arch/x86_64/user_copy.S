/* size_t user_copy(void *destination (RDI), const void *source (RSI), size_t size (RDX))
 * A fault at one of the two string instructions resumes at its _fault label with RCX, RSI and RDI as they stood,
 * which tells how much is left. STAC opens SMAP for these instructions only; it and CLAC
 * exist only on CPUs with SMAP. */
    .text

    .globl user_copy
    .type user_copy, @function
user_copy:
    testb $1, cpu_has_smap_flag(%rip)
    jz 1f
    stac
1:  mov %rdx, %rcx
    shr $3, %rcx
    and $7, %edx /* bytes after the last whole word */
    .globl user_copy_words
user_copy_words:
    rep movsq
    mov %rdx, %rcx
    .globl user_copy_bytes
user_copy_bytes:
    rep movsb
    .globl user_copy_bytes_fault
user_copy_bytes_fault:
    mov %rcx, %rax
    testb $1, cpu_has_smap_flag(%rip)
    jz 1f
    clac
1:  ret

    .globl user_copy_words_fault
user_copy_words_fault: /* RCX words and RDX bytes are left; retry them bytewise up to the bad one */
    lea (%rdx, %rcx, 8), %rcx
    jmp user_copy_bytes
    .size user_copy, . - user_copy
