/* The block is one piece of physical memory, found through the direct map; where it is too small, one of
 * twice the size takes its place. */
#include "exec/argument_block.h"

#include "abi/errno.h"
#include "boot_info.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "mm/user_access.h"

#define POINTERS_AT_A_TIME 16
#define PIECE_FIRST 64 /* bytes of a string that are copied at first; then ever more */
#define PIECE_MAX 1024

static size_t block_capacity(const struct argument_block *block)
{
    return block->bytes == NULL ? 0 : PAGE_SIZE << block->order;
}

static paddr_t block_frames(const struct argument_block *block)
{
    return (vaddr_t)block->bytes - direct_map_base;
}

void argument_block_free(struct argument_block *block)
{
    if (block->bytes != NULL)
        frames_free(block_frames(block), block->order);
    *block = (struct argument_block){0};
}

/* Make room for `extra` bytes more. */
static int block_reserve(struct argument_block *block, size_t extra)
{
    struct argument_block grown = *block;
    size_t capacity = PAGE_SIZE;
    paddr_t frames;

    if (extra <= block_capacity(block) - block->size_bytes)
        return 0;
    if (extra > ARGUMENT_BLOCK_MAX - block->size_bytes)
        return -E2BIG;
    for (grown.order = 0; capacity - block->size_bytes < extra || capacity < block->size_bytes; capacity *= 2)
        grown.order++;
    int error = frames_alloc(grown.order, &frames);
    if (error != 0)
        return error;
    grown.bytes = direct_map(frames);
    if (block->bytes != NULL) {
        memcpy(grown.bytes, block->bytes, block->size_bytes);
        frames_free(block_frames(block), block->order);
    }
    *block = grown;
    return 0;
}

static int block_add(struct argument_block *block, const char *string, size_t size)
{
    int error = block_reserve(block, size);

    if (error != 0)
        return error;
    memcpy(block->bytes + block->size_bytes, string, size);
    block->size_bytes += size;
    return 0;
}

int argument_block_add_argument(struct argument_block *block, const char *string, size_t size)
{
    int error = block_add(block, string, size);

    if (error == 0)
        block->argument_count++;
    return error;
}

int argument_block_add_variable(struct argument_block *block, const char *string, size_t size)
{
    int error = block_add(block, string, size);

    if (error == 0)
        block->environment_count++;
    return error;
}

/* Add a program's string, piece by piece until its NUL turns up. */
static int block_copy_string(struct argument_block *block, user_ptr_t string)
{
    size_t length = 0, piece = PIECE_FIRST;

    for (;;) {
        size_t copied, here;
        int error = block_reserve(block, piece);
        if (error != 0)
            return error;
        char *place = block->bytes + block->size_bytes;
        if (string.address < USER_END && piece > USER_END - string.address)
            piece = USER_END - string.address;
        error = user_copy_in(place, string, piece, &copied);
        here = strnlen(place, copied);
        length += here;
        if (length >= USER_STACK_STRING_MAX)
            return -E2BIG;
        if (here < copied) {
            block->size_bytes += here + 1;
            return 0;
        }
        if (error != 0)
            return error;
        block->size_bytes += here;
        string.address += here;
        piece = piece < PIECE_MAX ? piece * 2 : PIECE_MAX;
    }
}

/* Add the strings of a vector, and count them. */
static int block_copy_vector(struct argument_block *block, user_ptr_t vector, size_t *count)
{
    while (vector.address != 0) {
        uint64_t pointers[POINTERS_AT_A_TIME];
        size_t copied;
        int error = user_copy_in(pointers, vector, sizeof(pointers), &copied);
        if (copied < sizeof(pointers[0]))
            return error;
        for (size_t i = 0; i < copied / sizeof(pointers[0]); i++) {
            if (pointers[i] == 0)
                return 0;
            error = block_copy_string(block, (user_ptr_t){pointers[i]});
            if (error != 0)
                return error;
            ++*count;
        }
        vector.address += copied / sizeof(pointers[0]) * sizeof(pointers[0]);
    }
    return 0;
}

int argument_block_copy_arguments(struct argument_block *block, user_ptr_t vector)
{
    return block_copy_vector(block, vector, &block->argument_count);
}

int argument_block_copy_environment(struct argument_block *block, user_ptr_t vector)
{
    return block_copy_vector(block, vector, &block->environment_count);
}

int argument_block_replace_first(struct argument_block *block, const char *const *arguments, size_t count)
{
    size_t first = strlen(block->bytes) + 1, size = 0;

    for (size_t i = 0; i < count; i++)
        size += strlen(arguments[i]) + 1;
    int error = block_reserve(block, size);
    if (error != 0)
        return error;
    memmove(block->bytes + size, block->bytes + first, block->size_bytes - first);
    block->size_bytes += size - first;
    block->argument_count += count - 1;
    char *at = block->bytes;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(arguments[i]) + 1;
        memcpy(at, arguments[i], length);
        at += length;
    }
    return 0;
}
