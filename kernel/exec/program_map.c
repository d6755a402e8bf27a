/* A segment is one mapping of the file and, for what is in memory only, one of zeros behind it. The page in
 * which the file's part ends is the file's up to there and zeros from there on: it is made here, the others
 * come when they are touched. */
#include "exec/program_map.h"

#include "abi/errno.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"
#include "mm/memory_object.h"

static uint32_t segment_protection(const struct elf_segment *segment)
{
    return ((segment->flags & PF_R) != 0 ? MAP_READ : 0) | ((segment->flags & PF_W) != 0 ? MAP_WRITE : 0) |
           ((segment->flags & PF_X) != 0 ? MAP_EXECUTE : 0);
}

/* A copy of the object's page, with zeros from `used` on. */
static int copy_page_cleared(struct memory_object *object, uint64_t page_index, size_t used,
                             paddr_t *ret_frame)
{
    paddr_t source, frame;
    int error = memory_object_get_page(object, page_index, false, &source);

    if (error != 0)
        return error;
    error = frames_alloc(0, &frame);
    if (error == 0) {
        char *page = direct_map(frame);
        memcpy(page, direct_map(source), used);
        memset(page + used, 0, PAGE_SIZE - used);
        *ret_frame = frame;
    }
    frame_unref(source);
    return error;
}

/* The page in which the file's part ends, if something else follows in it. */
static int map_last_page(struct addr_space *space, struct memory_object *object,
                         const struct elf_segment *segment)
{
    const vaddr_t end = segment->address + segment->file_size;
    paddr_t frame;

    if (segment->memory_size == segment->file_size || (end & PAGE_MASK) == 0)
        return 0;
    int error = copy_page_cleared(object, (segment->file_offset + segment->file_size) / PAGE_SIZE,
                                  end & PAGE_MASK, &frame);
    if (error != 0)
        return error;
    error = addr_space_populate(space, page_round_down(end), frame);
    if (error != 0)
        frame_unref(frame);
    return error;
}

static int map_range(struct addr_space *space, vaddr_t start, vaddr_t end, struct addr_space_request *request)
{
    vaddr_t mapped;

    request->address = start;
    request->size = end - start;
    request->flags = ADDR_SPACE_NO_REPLACE;
    return start == end ? 0 : addr_space_map(space, request, &mapped);
}

static int map_segment(struct addr_space *space, struct memory_object *object,
                       const struct elf_segment *segment)
{
    const vaddr_t start = page_round_down(segment->address);
    const vaddr_t end = page_round_up(segment->address + segment->memory_size);
    const vaddr_t file_end =
        segment->file_size == 0 ? start : page_round_up(segment->address + segment->file_size);
    struct addr_space_request request = {
        .protection = segment_protection(segment),
        .object = object,
        .offset = page_round_down(segment->file_offset),
    };
    int error = map_range(space, start, file_end, &request);

    if (error == 0 && segment->file_size > 0)
        error = map_last_page(space, object, segment);
    if (error != 0)
        return error;
    request.object = NULL;
    request.offset = 0;
    return map_range(space, file_end, end, &request);
}

int program_map(struct addr_space *space, struct file *file, const struct elf_image *image)
{
    struct memory_object *object;
    int error = file_get_memory_object(file, &object);

    if (error != 0)
        return error;
    for (size_t i = 0; i < image->segment_count && error == 0; i++)
        error = map_segment(space, object, &image->segments[i]);
    memory_object_unref(object);
    return error;
}
