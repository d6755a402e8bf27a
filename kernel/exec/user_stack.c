/* The strings are one block in the program's memory as they are in the kernel's, so one write carries them,
 * and their addresses follow from their lengths. The vectors are written in pieces, since a program may have
 * half a million strings. */
#include "exec/user_stack.h"

#include "abi/errno.h"
#include "elf64.h"
#include "lib/string.h"
#include "x86_64/paging.h"

/* Auxiliary vector types (include/uapi/linux/auxvec.h). */
#define AT_NULL 0
#define AT_PHDR 3
#define AT_PHENT 4
#define AT_PHNUM 5
#define AT_PAGESZ 6
#define AT_BASE 7
#define AT_FLAGS 8
#define AT_ENTRY 9
#define AT_UID 11
#define AT_EUID 12
#define AT_GID 13
#define AT_EGID 14
#define AT_PLATFORM 15
#define AT_HWCAP 16
#define AT_CLKTCK 17
#define AT_SECURE 23
#define AT_RANDOM 25
#define AT_HWCAP2 26
#define AT_EXECFN 31
#define AT_SYSINFO_EHDR 33
#define AT_MINSIGSTKSZ 51

#define CLOCK_TICKS_PER_SECOND 100 /* what AT_CLKTCK says on every Linux */
#define PLATFORM "x86_64"
#define AUXV_WORDS_MAX (2 * 21)
#define WORDS_AT_A_TIME 64 /* written with one call of the writer */

/* The auxiliary vector while it is made. */
struct auxv {
    uint64_t words[AUXV_WORDS_MAX];
    size_t count;
    size_t ids; /* the index of AT_UID */
};

/* Addresses of what lies above the vectors. */
struct user_stack_places {
    uint64_t file_name;
    uint64_t strings;
    uint64_t platform;
    uint64_t random;
};

/* Words that are written upwards, many at a time. */
struct word_stream {
    struct user_stack_writer *writer;
    uint64_t address; /* of words[0] */
    size_t count;
    uint64_t words[WORDS_AT_A_TIME];
};

/* Check that the block holds the strings that it should; says where the environment begins. */
static int user_strings_check(const struct user_strings *strings, size_t *ret_environment_offset)
{
    size_t offset = 0, count = strings->argument_count + strings->environment_count;

    *ret_environment_offset = 0;
    for (size_t i = 0; i < count; i++) {
        size_t left = strings->size_bytes - offset;
        size_t length = strnlen(strings->bytes + offset, left);
        if (length == left)
            return -EINVAL;
        if (length + 1 > USER_STACK_STRING_MAX)
            return -E2BIG;
        offset += length + 1;
        if (i + 1 == strings->argument_count)
            *ret_environment_offset = offset;
    }
    return offset == strings->size_bytes ? 0 : -EINVAL;
}

static int user_stack_check_limits(const struct user_stack *stack)
{
    const struct user_strings *strings = &stack->strings;
    uint64_t limit = stack->limit / 4;

    if (limit > USER_STACK_STRINGS_CEILING)
        limit = USER_STACK_STRINGS_CEILING;
    if (limit < USER_STACK_STRINGS_FLOOR)
        limit = USER_STACK_STRINGS_FLOOR;
    if (strings->argument_count > limit || strings->environment_count > limit || strings->size_bytes > limit)
        return -E2BIG;
    uint64_t pointers = (strings->argument_count + strings->environment_count) * sizeof(uint64_t);
    return pointers + strings->size_bytes + strlen(stack->file_name) + 1 > limit ? -E2BIG : 0;
}

/* Write all that lies above the vectors, from the top downwards. */
static int user_stack_write_strings(const struct user_stack *stack, struct user_stack_writer *writer,
                                    struct user_stack_places *ret_places)
{
    static const uint64_t zero;
    uint64_t top;
    const struct {
        const void *bytes;
        size_t size;
        uint64_t *ret_address;
    } parts[] = {
        {&zero, sizeof(zero), &top},
        {stack->file_name, strlen(stack->file_name) + 1, &ret_places->file_name},
        {stack->strings.bytes, stack->strings.size_bytes, &ret_places->strings},
        {PLATFORM, sizeof(PLATFORM), &ret_places->platform},
        {stack->random, USER_STACK_RANDOM_SIZE, &ret_places->random},
    };
    uint64_t address = stack->top;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        address -= parts[i].size;
        *parts[i].ret_address = address;
        int error = parts[i].size == 0 ? 0 : writer->write(writer, address, parts[i].bytes, parts[i].size);
        if (error != 0)
            return error;
    }
    return 0;
}

static int word_stream_flush(struct word_stream *stream)
{
    size_t size = stream->count * sizeof(stream->words[0]);
    int error = size == 0 ? 0 : stream->writer->write(stream->writer, stream->address, stream->words, size);

    stream->address += size;
    stream->count = 0;
    return error;
}

static int word_stream_add(struct word_stream *stream, uint64_t word)
{
    stream->words[stream->count++] = word;
    return stream->count == WORDS_AT_A_TIME ? word_stream_flush(stream) : 0;
}

/* The addresses of `count` strings that begin at *text, the first at *address, and a NULL; both move on. */
static int word_stream_add_strings(struct word_stream *stream, const char **text, uint64_t *address,
                                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(*text) + 1;
        int error = word_stream_add(stream, *address);
        if (error != 0)
            return error;
        *text += size;
        *address += size;
    }
    return word_stream_add(stream, 0);
}

static void auxv_add(struct auxv *auxv, uint64_t type, uint64_t value)
{
    auxv->words[auxv->count++] = type;
    auxv->words[auxv->count++] = value;
}

static void auxv_add_ids(struct auxv *auxv, const struct user_stack_ids *ids)
{
    auxv->ids = auxv->count;
    auxv_add(auxv, AT_UID, ids->uid);
    auxv_add(auxv, AT_EUID, ids->effective_uid);
    auxv_add(auxv, AT_GID, ids->gid);
    auxv_add(auxv, AT_EGID, ids->effective_gid);
    auxv_add(auxv, AT_SECURE, ids->is_secure);
}

/* In Linux's order. */
static void auxv_fill(struct auxv *auxv, const struct user_stack *stack,
                      const struct user_stack_places *places)
{
    auxv->count = 0;
    if (stack->system_call_library != 0)
        auxv_add(auxv, AT_SYSINFO_EHDR, stack->system_call_library);
    if (stack->signal_stack_size != 0)
        auxv_add(auxv, AT_MINSIGSTKSZ, stack->signal_stack_size);
    auxv_add(auxv, AT_HWCAP, stack->hwcap);
    auxv_add(auxv, AT_PAGESZ, PAGE_SIZE);
    auxv_add(auxv, AT_CLKTCK, CLOCK_TICKS_PER_SECOND);
    auxv_add(auxv, AT_PHDR, stack->program_headers);
    auxv_add(auxv, AT_PHENT, sizeof(Elf64_Phdr));
    auxv_add(auxv, AT_PHNUM, stack->program_header_count);
    auxv_add(auxv, AT_BASE, stack->interpreter_base);
    auxv_add(auxv, AT_FLAGS, 0);
    auxv_add(auxv, AT_ENTRY, stack->entry);
    auxv_add_ids(auxv, &stack->ids);
    auxv_add(auxv, AT_RANDOM, places->random);
    auxv_add(auxv, AT_HWCAP2, stack->hwcap2);
    auxv_add(auxv, AT_EXECFN, places->file_name);
    auxv_add(auxv, AT_PLATFORM, places->platform);
    auxv_add(auxv, AT_NULL, 0);
}

/* argc, argv, envp and the auxiliary vector, from layout->stack_pointer upwards. */
static int user_stack_write_vectors(const struct user_stack *stack, struct user_stack_writer *writer,
                                    const struct user_stack_layout *layout, const struct auxv *auxv)
{
    struct word_stream stream = {.writer = writer, .address = layout->stack_pointer};
    const char *text = stack->strings.bytes;
    uint64_t address = layout->arguments_start;
    int error = word_stream_add(&stream, stack->strings.argument_count);

    if (error == 0)
        error = word_stream_add_strings(&stream, &text, &address, stack->strings.argument_count);
    if (error == 0)
        error = word_stream_add_strings(&stream, &text, &address, stack->strings.environment_count);
    for (size_t i = 0; i < auxv->count && error == 0; i++)
        error = word_stream_add(&stream, auxv->words[i]);
    return error == 0 ? word_stream_flush(&stream) : error;
}

int user_stack_build(const struct user_stack *stack, struct user_stack_writer *writer,
                     struct user_stack_layout *ret_layout)
{
    const struct user_strings *strings = &stack->strings;
    struct user_stack_places places;
    struct auxv auxv;
    size_t environment_offset;
    int error = user_stack_check_limits(stack);

    if (error == 0)
        error = user_strings_check(strings, &environment_offset);
    if (error == 0)
        error = user_stack_write_strings(stack, writer, &places);
    if (error != 0)
        return error;

    auxv_fill(&auxv, stack, &places);
    /* argc, argv and its NULL, envp and its NULL, the auxiliary vector */
    size_t pointers = 1 + strings->argument_count + 1 + strings->environment_count + 1;
    uint64_t stack_pointer = (places.random - (pointers + auxv.count) * sizeof(uint64_t)) / 16 * 16;
    const struct user_stack_layout layout = {
        .stack_pointer = stack_pointer,
        .arguments_start = places.strings,
        .arguments_end = places.strings + environment_offset,
        .environment_end = places.strings + strings->size_bytes,
        .auxv_start = stack_pointer + pointers * sizeof(uint64_t),
        .auxv_end = stack_pointer + (pointers + auxv.count) * sizeof(uint64_t),
        .ids = stack_pointer + (pointers + auxv.ids) * sizeof(uint64_t),
    };
    error = user_stack_write_vectors(stack, writer, &layout, &auxv);
    if (error == 0)
        *ret_layout = layout;
    return error;
}

int user_stack_write_ids(const struct user_stack_layout *layout, struct user_stack_writer *writer,
                         const struct user_stack_ids *ids)
{
    struct auxv auxv = {.count = 0};

    auxv_add_ids(&auxv, ids);
    return writer->write(writer, layout->ids, auxv.words, auxv.count * sizeof(auxv.words[0]));
}

static int user_stack_memory_write(struct user_stack_writer *writer, uint64_t address, const void *bytes,
                                   size_t size)
{
    struct user_stack_memory *memory = (struct user_stack_memory *)writer;

    if (address < memory->base || size > memory->size || address - memory->base > memory->size - size)
        return -E2BIG;
    memcpy((char *)memory->memory + (address - memory->base), bytes, size);
    return 0;
}

struct user_stack_memory user_stack_memory(void *memory, size_t size, uint64_t base)
{
    return (struct user_stack_memory){{user_stack_memory_write}, memory, size, base};
}

/* Add the words of `text` behind all strings. *ret_count grows by how many, even if not all have room. */
static int strings_add_words(struct user_strings *strings, char *buffer, size_t size, const char *text,
                             size_t *ret_count)
{
    strings->bytes = buffer;
    for (;;) {
        size_t length = 0;
        while (*text == ' ' || *text == '\t')
            text++;
        while (text[length] != '\0' && text[length] != ' ' && text[length] != '\t')
            length++;
        if (length == 0)
            return 0;
        if (length >= size - strings->size_bytes)
            return -E2BIG;
        memcpy(buffer + strings->size_bytes, text, length);
        buffer[strings->size_bytes + length] = '\0';
        strings->size_bytes += length + 1;
        (*ret_count)++;
        text += length;
    }
}

int user_strings_add_words(struct user_strings *strings, char *buffer, size_t size, const char *text)
{
    struct user_strings grown = *strings;
    int error = strings_add_words(&grown, buffer, size, text, &grown.argument_count);

    if (error == 0)
        *strings = grown;
    return error;
}

int user_strings_add_environment(struct user_strings *strings, char *buffer, size_t size, const char *text)
{
    struct user_strings grown = *strings;
    int error = strings_add_words(&grown, buffer, size, text, &grown.environment_count);

    if (error == 0)
        *strings = grown;
    return error;
}
