/* unsigned user_word_load(const uint32_t *address (RDI), uint32_t *ret_value (RSI))
 * unsigned user_word_exchange(uint32_t *address (RDI), uint32_t *expected (RSI), uint32_t desired (EDX))
 * A fault at one of the two instructions that are named resumes at user_word_fault with nothing changed. STAC
 * opens SMAP for these instructions only; it and CLAC exist only on CPUs with SMAP. */
    .text

    .globl user_word_load
    .type user_word_load, @function
user_word_load:
    testb $1, cpu_has_smap_flag(%rip)
    jz 1f
    stac
1:
    .globl user_word_load_access
user_word_load_access:
    mov (%rdi), %ecx
    mov %ecx, (%rsi)
    xor %eax, %eax
    jmp user_word_done
    .size user_word_load, . - user_word_load

    .globl user_word_exchange
    .type user_word_exchange, @function
user_word_exchange:
    testb $1, cpu_has_smap_flag(%rip)
    jz 1f
    stac
1:  mov (%rsi), %eax
    .globl user_word_exchange_access
user_word_exchange_access:
    lock cmpxchg %edx, (%rdi)
    mov %eax, (%rsi) /* what was there: what was expected, if it has been exchanged */
    xor %eax, %eax
    jmp user_word_done
    .size user_word_exchange, . - user_word_exchange

    .globl user_word_fault
user_word_fault:
    mov $1, %eax

user_word_done:
    testb $1, cpu_has_smap_flag(%rip)
    jz 1f
    clac
1:  ret
