/* Any strings, any counts of them, any room: the stack is refused, or can be walked and says what was given.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/errno.h"
#include "exec/user_stack.h"

#define TOP 0x7ffffffff000ull
#define MEMORY_SIZE (64 * 1024)
#define AT_EXECFN 31
#define AT_RANDOM 25

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char memory[MEMORY_SIZE];

static void require(int is_true)
{
    if (!is_true)
        abort();
}

/* How the input begins. */
struct shape {
    uint16_t argument_count, environment_count;
    uint16_t memory_size;
    uint16_t limit_kilobytes;
};

static const char *at(uint64_t address, size_t room)
{
    require(address >= TOP - room && address < TOP);
    return memory + MEMORY_SIZE - (TOP - address);
}

/* The vector at *words: pointers to the strings at *text, and a NULL. Both move on. */
static void walk(const uint64_t **words, const char **text, size_t count, size_t room)
{
    for (size_t i = 0; i < count; i++) {
        require(strcmp(at(**words, room), *text) == 0);
        *text += strlen(*text) + 1;
        ++*words;
    }
    require(*(*words)++ == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct shape shape;
    struct user_stack_layout layout;

    if (size < sizeof(shape))
        return 0;
    memcpy(&shape, data, sizeof(shape));
    const char *strings = (const char *)data + sizeof(shape), *text = strings;
    size_t room = shape.memory_size % MEMORY_SIZE + 1;
    struct user_stack_memory writer = user_stack_memory(memory + MEMORY_SIZE - room, room, TOP - room);
    const struct user_stack stack = {
        .top = TOP,
        .limit = shape.limit_kilobytes * 1024ull,
        .strings = {strings, size - sizeof(shape), shape.argument_count, shape.environment_count},
        .file_name = "/bin/name",
        .random = "0123456789abcdef",
        .entry = 0x401000,
    };
    int error = user_stack_build(&stack, &writer.writer, &layout);
    if (error != 0) {
        require(error == -E2BIG || error == -EINVAL);
        return 0;
    }
    require(layout.stack_pointer % 16 == 0 && layout.arguments_start <= layout.arguments_end &&
            layout.arguments_end <= layout.environment_end && layout.environment_end <= TOP);
    const uint64_t *words = (const uint64_t *)(const void *)at(layout.stack_pointer, room);
    require(*words++ == shape.argument_count);
    walk(&words, &text, shape.argument_count, room);
    walk(&words, &text, shape.environment_count, room);
    require(text == strings + stack.strings.size_bytes);
    for (; words[0] != 0; words += 2) {
        if (words[0] == AT_EXECFN)
            require(strcmp(at(words[1], room), "/bin/name") == 0);
        if (words[0] == AT_RANDOM)
            require(memcmp(at(words[1], room), "0123456789abcdef", USER_STACK_RANDOM_SIZE) == 0);
    }
    return 0;
}
