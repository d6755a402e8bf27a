#include "exec/program_file.h"

#include "abi/errno.h"
#include "fs/file.h"
#include "mm/frames.h"

int program_file_read(struct file *file, uint64_t offset, void *buffer, size_t size)
{
    struct io io = io_kernel(buffer, size);
    int64_t count = node_read(file->path.node, &io, offset);

    if (count < 0)
        return (int)count;
    return (size_t)count == size ? 0 : -EIO;
}

int program_file_read_head(struct file *file, struct program_head *ret_head)
{
    uint64_t file_size = node_size(file->path.node);

    ret_head->size = file_size < PROGRAM_HEAD_SIZE ? file_size : PROGRAM_HEAD_SIZE;
    return program_file_read(file, 0, ret_head->bytes, ret_head->size);
}

/* The plan of an ELF file whose program headers are not at its beginning. */
static int program_file_plan_far(struct file *file, const struct elf_header *header,
                                 struct elf_image *ret_image, struct elf_reason *ret_reason)
{
    paddr_t frame;
    int error = frames_alloc(0, &frame);

    if (error != 0)
        return error;
    error = program_file_read(file, header->program_headers_offset, direct_map(frame),
                              header->program_headers_size);
    if (error == 0)
        error = elf_image_plan(header, direct_map(frame), ret_image, ret_reason);
    frames_free(frame, 0);
    return error;
}

int program_file_plan(struct file *file, const struct program_head *head, struct elf_image *ret_image,
                      struct elf_reason *ret_reason)
{
    struct elf_header header;
    int error = elf_header_check(head->bytes, node_size(file->path.node), &header, ret_reason);

    if (error != 0)
        return error;
    if (header.program_headers_offset > head->size ||
        header.program_headers_size > head->size - header.program_headers_offset)
        return program_file_plan_far(file, &header, ret_image, ret_reason);
    return elf_image_plan(&header, head->bytes + header.program_headers_offset, ret_image, ret_reason);
}
