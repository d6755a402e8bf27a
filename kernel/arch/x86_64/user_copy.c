#include "arch/x86_64/user_copy.h"

#include <stdint.h>

#include "arch/x86_64/trap.h"

extern const char user_copy_words[], user_copy_words_fault[];
extern const char user_copy_bytes[], user_copy_bytes_fault[];
extern const char user_fpu_save_begin[], user_fpu_save_end[]; /* user_fpu.S */
extern const char user_fpu_restore_begin[], user_fpu_restore_end[], user_fpu_fault[];
extern const char user_word_load_access[], user_word_exchange_access[], user_word_fault[]; /* user_word.S */

/* A non-canonical address raises #GP (or #SS) rather than #PF. */
static bool user_copy_may_raise(uint64_t vector)
{
    return vector == TRAP_PAGE_FAULT || vector == TRAP_GENERAL_PROTECTION || vector == TRAP_STACK_FAULT;
}

static bool user_fpu_is_at(uint64_t rip)
{
    return (rip >= (uint64_t)user_fpu_save_begin && rip < (uint64_t)user_fpu_save_end) ||
           (rip >= (uint64_t)user_fpu_restore_begin && rip < (uint64_t)user_fpu_restore_end);
}

bool user_copy_is_at(uint64_t rip)
{
    return rip == (uint64_t)user_copy_words || rip == (uint64_t)user_copy_bytes || user_fpu_is_at(rip);
}

bool user_copy_fixup(struct trap_frame *frame)
{
    if (!user_copy_may_raise(frame->vector))
        return false;
    if (frame->rip == (uint64_t)user_copy_words)
        frame->rip = (uint64_t)user_copy_words_fault;
    else if (frame->rip == (uint64_t)user_copy_bytes)
        frame->rip = (uint64_t)user_copy_bytes_fault;
    else if (user_fpu_is_at(frame->rip))
        frame->rip = (uint64_t)user_fpu_fault;
    else if (frame->rip == (uint64_t)user_word_load_access ||
             frame->rip == (uint64_t)user_word_exchange_access)
        frame->rip = (uint64_t)user_word_fault;
    else
        return false;
    return true;
}
