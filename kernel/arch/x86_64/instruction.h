/* A glance at one instruction: enough to say in words why it raised a #GP. Pure code. */
#ifndef LINTEL_ARCH_INSTRUCTION_H
#define LINTEL_ARCH_INSTRUCTION_H

#include <stddef.h>
#include <stdint.h>

#define INSTRUCTION_MAX 15 /* bytes of the longest instruction */

enum instruction_class {
    INSTRUCTION_OTHER,
    INSTRUCTION_PRIVILEGED, /* needs ring 0, or an I/O permission */
    INSTRUCTION_JUMP,       /* indirect jump or call, or a return */
};

/* Classify the instruction that begins at code[0]; length bytes are known, perhaps too few. */
enum instruction_class instruction_classify(const uint8_t *code, size_t length);

#endif
