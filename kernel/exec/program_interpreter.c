#include "exec/program_interpreter.h"

#include "abi/errno.h"
#include "exec/program_file.h"
#include "exec/program_map.h"
#include "fs/file.h"
#include "mm/addr_space.h"
#include "mm/frames.h"

/* Open the file whose name is in `program`. */
static int interpreter_open(const struct path_context *context, struct file *program,
                            const struct elf_image *image, struct file **ret_file)
{
    const size_t size = image->interpreter_size;
    paddr_t frame;

    if (size > PATH_MAX)
        return -ENOEXEC;
    int error = frames_alloc(0, &frame);
    if (error != 0)
        return error;
    char *name = direct_map(frame);
    error = program_file_read(program, image->interpreter_offset, name, size);
    if (error == 0)
        error = name[size - 1] == '\0' ? file_open_executable(context, name, 0, ret_file) : -ENOEXEC;
    frames_free(frame, 0);
    return error;
}

static int interpreter_plan(struct file *file, struct elf_image *ret_image)
{
    struct program_head head;
    struct elf_reason reason;
    int error = program_file_read_head(file, &head);

    if (error == 0)
        error = program_file_plan(file, &head, ret_image, &reason);
    if (error == -ENOEXEC || (error == 0 && ret_image->interpreter_size > 0))
        return -ELIBBAD;
    return error;
}

/* Find a place that is free, as for mmap(). */
static int interpreter_place(struct addr_space *space, struct elf_image *image)
{
    const uint64_t size = image->end - image->start;
    struct addr_space_request request = {.size = size + image->alignment};
    vaddr_t start;

    if (!image->is_position_independent)
        return 0;
    int error = addr_space_map(space, &request, &start);
    if (error == 0)
        error = addr_space_unmap(space, start, request.size);
    if (error != 0)
        return error;
    vaddr_t base = (start + image->alignment - 1) & ~(image->alignment - 1);
    return elf_image_move(image, base + image->start % image->alignment) == 0 ? 0 : -ENOMEM;
}

static int interpreter_load(struct file *file, struct addr_space *space,
                            struct program_interpreter *ret_interpreter)
{
    struct elf_image image;
    int error = interpreter_plan(file, &image);
    vaddr_t linked_at = image.start;

    if (error == 0)
        error = interpreter_place(space, &image);
    if (error == 0)
        error = program_map(space, file, &image);
    if (error == 0)
        *ret_interpreter = (struct program_interpreter){image.start - linked_at, image.entry};
    return error;
}

int program_load_interpreter(const struct path_context *context, struct file *program,
                             const struct elf_image *image, struct addr_space *space,
                             struct program_interpreter *ret_interpreter)
{
    struct file *file;
    int error = interpreter_open(context, program, image, &file);

    if (error != 0)
        return error;
    error = interpreter_load(file, space, ret_interpreter);
    file_unref(file); /* Linux, too, lets it be written from now on */
    return error;
}
