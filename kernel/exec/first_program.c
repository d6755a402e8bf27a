#include "exec/first_program.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "boot_info.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/random.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "mm/frame_refs.h"

#define FIRST_PROGRAM_FILE "/" FIRST_PROGRAM_NAME
#define FIRST_PROGRAM_STACK_SIZE (8ull << 20) /* how far it may grow: RLIMIT_STACK as PID 1 has it */
#define ARGUMENTS_SIZE 4096                   /* more than a command line and the environment have */

struct boot_area {
    const char *name;
    vaddr_t start;
    uint64_t pages;
    paddr_t frames;
    uint32_t protection;
};

/* Map frames that the bootloader filled. They are not the frame allocator's: a reference that is never given
 * up keeps them from getting there. */
static int first_program_map_area(struct addr_space *space, const struct boot_area *area)
{
    struct addr_space_request request = {.address = area->start,
                                         .size = area->pages * PAGE_SIZE,
                                         .protection = area->protection,
                                         .flags = ADDR_SPACE_NO_REPLACE,
                                         .name = area->name};
    vaddr_t start;
    int error = addr_space_map(space, &request, &start);

    for (uint64_t i = 0; i < area->pages && error == 0; i++) {
        paddr_t frame = area->frames + i * PAGE_SIZE;
        error = frame_ref(frame);
        if (error == 0)
            error = addr_space_populate(space, start + i * PAGE_SIZE, frame);
    }
    return error;
}

/* utask's image and stack, lowest address first. */
static int first_program_map(struct addr_space *space, const struct boot_image *image, paddr_t stack)
{
    const vaddr_t data = image->virtual_base + (image->text_pages + image->rodata_pages) * PAGE_SIZE;
    const struct boot_area areas[] = {
        {"text", image->virtual_base, image->text_pages, image->code_physical, MAP_READ | MAP_EXECUTE},
        {"rodata", image->virtual_base + image->text_pages * PAGE_SIZE, image->rodata_pages,
         image->code_physical + image->text_pages * PAGE_SIZE, MAP_READ},
        {"data", data, image->data_pages, image->data_physical, MAP_READ | MAP_WRITE},
        {"stack", USER_STACK_TOP - USER_STACK_PAGES * PAGE_SIZE, USER_STACK_PAGES, stack,
         MAP_READ | MAP_WRITE},
    };

    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        int error = areas[i].pages == 0 ? 0 : first_program_map_area(space, &areas[i]);
        if (error != 0)
            return error;
    }
    addr_space_place_break(space, data + image->data_pages * PAGE_SIZE);
    return 0;
}

/* Its name, and the words behind `--`; the environment is that of Linux's first program. */
static int first_program_strings(char *buffer, size_t size, struct user_strings *ret_strings)
{
    *ret_strings = (struct user_strings){0};
    int error = user_strings_add_words(ret_strings, buffer, size, FIRST_PROGRAM_NAME);

    if (error == 0 &&
        user_strings_add_words(ret_strings, buffer, size, command_line_program_arguments()) != 0)
        log_error("process: too many or too long arguments behind -- on the command line: %s gets none",
                  FIRST_PROGRAM_NAME);
    if (error == 0)
        error = user_strings_add_environment(ret_strings, buffer, size, "HOME=/ TERM=linux");
    return error;
}

static int first_program_build_stack(const struct boot_info *boot, struct user_stack_layout *ret_layout)
{
    static char arguments[ARGUMENTS_SIZE];
    uint8_t seed[USER_STACK_RANDOM_SIZE];
    const size_t size = USER_STACK_PAGES * PAGE_SIZE;
    struct user_stack_memory memory =
        user_stack_memory(direct_map(boot->user_stack_physical), size, USER_STACK_TOP - size);
    struct user_stack stack = {
        .top = USER_STACK_TOP,
        .limit = size,
        .file_name = FIRST_PROGRAM_NAME,
        .random = seed,
        .entry = boot->user.entry,
    };
    int error = first_program_strings(arguments, sizeof(arguments), &stack.strings);

    random_fill(seed, sizeof(seed));
    return error != 0 ? error : user_stack_build(&stack, &memory.writer, ret_layout);
}

/* A flat image: the bootloader has laid it out. */
static int first_program_load_flat(const struct boot_info *boot, struct program *ret_program)
{
    struct program program = {.entry = boot->user.entry, .name = FIRST_PROGRAM_NAME};
    int error = addr_space_create(0, &program.space);

    if (error != 0)
        return error;
    error = first_program_map(program.space, &boot->user, boot->user_stack_physical);
    if (error == 0)
        error = first_program_build_stack(boot, &program.layout);
    if (error == 0)
        *ret_program = program;
    else
        program_discard(&program);
    return error;
}

/* The ELF file, as a file of the root directory, in place of what the initrd has under that name. */
static int first_program_unpack(const struct boot_info *boot, const struct path_context *context)
{
    struct io io = io_kernel(direct_map(boot->utask_file_physical), boot->utask_file_size_bytes);
    struct file *file;
    int error = file_open(context, FIRST_PROGRAM_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0755, &file);

    if (error != 0)
        return error;
    int64_t count = file_write(file, &io);
    file_unref(file);
    if (count < 0)
        return (int)count;
    return (uint64_t)count == boot->utask_file_size_bytes ? 0 : -ENOMEM;
}

/* The words of the command line, and what a shell may rely on. */
static int first_program_add_strings(struct argument_block *arguments)
{
    static const char *const environment[] = {"HOME=/", "TERM=linux", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    static char words[ARGUMENTS_SIZE];
    struct user_strings strings;
    int error = first_program_strings(words, sizeof(words), &strings);
    const char *word = strings.bytes;

    for (size_t i = 0; i < strings.argument_count && error == 0; i++) {
        size_t size = strlen(word) + 1;
        error = argument_block_add_argument(arguments, word, size);
        word += size;
    }
    for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]) && error == 0; i++)
        error = argument_block_add_variable(arguments, environment[i], strlen(environment[i]) + 1);
    return error;
}

static int first_program_load_file(const struct path_context *context, struct program *ret_program,
                                   struct elf_reason *ret_reason)
{
    struct argument_block arguments = {0};
    struct program_request request = {
        .context = context,
        .file_name = FIRST_PROGRAM_FILE,
        .arguments = &arguments,
        .stack_limit = FIRST_PROGRAM_STACK_SIZE,
    };
    int error = file_open_executable(context, FIRST_PROGRAM_FILE, 0, &request.file);

    if (error != 0)
        return error;
    error = first_program_add_strings(&arguments);
    if (error == 0)
        error = program_load(&request, ret_program, ret_reason);
    argument_block_free(&arguments);
    file_unref(request.file);
    return error;
}

/* Why it cannot be started; goes on after "it". */
static const char *first_program_reason(int error, const struct elf_reason *reason)
{
    if (reason->text[0] != '\0')
        return reason->text;
    switch (error) {
    case -ENOMEM:
    case -ENOSPC:
        return "does not fit into memory";
    case -ENOENT:
        return "asks for a dynamic linker that the initrd does not have";
    case -EACCES:
        return "asks for memory to write to and to execute, or for a dynamic linker that is not executable";
    case -ELIBBAD:
        return "asks for a dynamic linker that is none";
    default:
        return "cannot be loaded";
    }
}

/* An ELF file becomes a program in the same way as any other one. */
static int first_program_load_elf(const struct boot_info *boot, const struct path *root,
                                  struct program *ret_program)
{
    static const struct credentials superuser;
    const struct path_context context = {.root = *root, .start = *root, .credentials = &superuser};
    struct elf_reason reason = {""};
    int error = first_program_unpack(boot, &context);

    if (error == 0)
        error = first_program_load_file(&context, ret_program, &reason);
    if (error != 0)
        log_error("process: %s cannot be PID 1: it %s", FIRST_PROGRAM_NAME,
                  first_program_reason(error, &reason));
    return error;
}

int first_program_load(const struct boot_info *boot, const struct path *root, struct program *ret_program)
{
    if (boot->utask_file_physical != 0)
        return first_program_load_elf(boot, root, ret_program);
    return first_program_load_flat(boot, ret_program);
}
