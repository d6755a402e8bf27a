#include "proc/first_program.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "boot_info.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/random.h"
#include "mm/addr_space.h"
#include "mm/frame_refs.h"

#define ARGUMENTS_SIZE 4096 /* more than a command line has */

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

/* Its name, and the words behind `--`. */
static int first_program_strings(char *buffer, size_t size, struct user_strings *ret_strings)
{
    *ret_strings = (struct user_strings){0};
    int error = user_strings_add_words(ret_strings, buffer, size, FIRST_PROGRAM_NAME);

    if (error == 0 &&
        user_strings_add_words(ret_strings, buffer, size, command_line_program_arguments()) != 0)
        log_error("process: too many or too long arguments behind -- on the command line: %s gets none",
                  FIRST_PROGRAM_NAME);
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

int first_program_load(const struct boot_info *boot, const struct path *root, struct program *ret_program)
{
    (void)root;
    if (boot->utask_file_physical != 0) {
        log_error("process: %s is an ELF file, which this version cannot start yet", FIRST_PROGRAM_NAME);
        return -ENOEXEC;
    }
    return first_program_load_flat(boot, ret_program);
}
