/* Where the bootloader jumps to, by way of the image header's first instruction.
 * State: common/boot_info.h. In: RDI = struct boot_info. */
    .text
    .globl image_start
    .type image_start, @function
image_start:
    rdtsc /* the mark `kernel-entry` is the very first instruction */
    shl $32, %rdx
    lea (%rdx, %rax), %rsi
    xor %ebp, %ebp /* the chain of stack frames ends here */
    call kmain     /* (const struct boot_info *, uint64_t tsc) */
    ud2            /* kmain does not return */
    .size image_start, . - image_start
