#include "arch/x86_64/context_switch.h"

#include <stddef.h>

_Static_assert(sizeof(struct context) == 56, "six pushes and a return address");
_Static_assert(offsetof(struct context, return_address) == 48, "the order of the pushes");

void context_start(void); /* context_switch.S */

uint64_t context_create(uint64_t top, void (*start)(void *token))
{
    struct context *context = (struct context *)top - 1;

    *context = (struct context){.rbx = (uint64_t)start, .return_address = (uint64_t)context_start};
    return (uint64_t)context;
}
