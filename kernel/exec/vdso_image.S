/* The vDSO as it was linked: kernel/vdso/. */
    .section .rodata
    .balign 16
    .globl vdso_image_start, vdso_image_end
    .hidden vdso_image_start, vdso_image_end
vdso_image_start:
    .incbin "vdso.so"
vdso_image_end:
