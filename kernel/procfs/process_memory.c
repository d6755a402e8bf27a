/* What the program's memory says of itself: command line, environment, auxiliary vector; and all of it. */
#include "abi/errno.h"
#include "boot_info.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/addr_space_copy.h"
#include "mm/frames.h"
#include "mm/user_access.h"
#include "procfs/process_files.h"
#include "procfs/process_info.h"

/* Add the bytes from start to end, as far as they can be read. `piece` is a frame to copy them in. */
static void add_memory(struct addr_space *space, vaddr_t start, vaddr_t end, char *piece, struct text *text)
{
    while (start < end && text->error == 0) {
        size_t size = PAGE_SIZE - (start & PAGE_MASK);
        if (size > end - start)
            size = end - start;
        if (addr_space_copy_in(space, piece, start, size) != 0)
            return;
        text_add(text, piece, size);
        start += size;
    }
}

static int show_memory(struct addr_space *space, vaddr_t start, vaddr_t end, struct text *text)
{
    paddr_t frame;

    if (frames_alloc(0, &frame) != 0)
        return -ENOMEM;
    add_memory(space, start, end, direct_map(frame), text);
    frames_free(frame, 0);
    return 0;
}

/* Zombies have an empty one: ps shows their name in brackets. */
int process_show_cmdline(struct pseudo_node *node, struct text *text)
{
    struct addr_space *space = process_get_space(process_of(node));

    if (space == NULL)
        return 0;
    int error = show_memory(space, space->marks.arguments_start, space->marks.arguments_end, text);
    addr_space_unref(space);
    return error;
}

int process_show_environ(struct pseudo_node *node, struct text *text)
{
    struct addr_space *space;
    int error = process_look_into(process_of(node), &space);

    if (space == NULL)
        return error;
    error = show_memory(space, space->marks.arguments_end, space->marks.environment_end, text);
    addr_space_unref(space);
    return error;
}

int process_show_auxv(struct pseudo_node *node, struct text *text)
{
    struct addr_space *space;
    int error = process_look_into(process_of(node), &space);

    if (space == NULL)
        return error;
    error = show_memory(space, space->marks.auxv_start, space->marks.auxv_end, text);
    addr_space_unref(space);
    return error;
}

/* /proc/PID/mem: the address space that the process had when the file was opened, which an open file does not
 * keep alive: it is looked for again each time, and must be the same. file.opened_count is its serial number;
 * its address would not do, where the next program's may be, which is another user's maybe. */

static struct addr_space *memory_space(struct file *file)
{
    struct addr_space *space;

    if (process_look_into(process_of(pseudo_of(file->path.node)), &space) != 0 || space == NULL)
        return NULL;
    if (space->serial == file->opened_count)
        return space;
    addr_space_unref(space);
    return NULL;
}

/* Move a piece of at most one page. Returns bytes; -EIO (nothing is there), -EFAULT (of the caller's memory).
 */
static int64_t move_memory(struct addr_space *space, struct io *io, vaddr_t address, char *piece, bool writes)
{
    size_t size = PAGE_SIZE - (address & PAGE_MASK);

    if (size > io->left)
        size = io->left;
    if (writes) {
        struct io before = *io;
        size_t taken = io_take(io, piece, size);
        if (taken > 0 && addr_space_copy_out(space, address, piece, taken) == 0)
            return (int64_t)taken;
        *io = before;
        return taken == 0 ? -EFAULT : -EIO;
    }
    if (addr_space_copy_in(space, piece, address, size) != 0)
        return -EIO;
    size_t given = io_give(io, piece, size);
    return given == 0 ? -EFAULT : (int64_t)given;
}

static int64_t use_memory(struct file *file, struct io *io, uint64_t offset, bool writes)
{
    struct addr_space *space = memory_space(file);
    int64_t done = 0, count = 0;
    paddr_t frame;

    if (space == NULL)
        return 0;
    if (frames_alloc(0, &frame) != 0) {
        addr_space_unref(space);
        return -ENOMEM;
    }
    while (io->left > 0 && offset < USER_END) {
        count = move_memory(space, io, offset, direct_map(frame), writes);
        if (count < 0)
            break;
        done += count;
        offset += (uint64_t)count;
    }
    if (io->left > 0 && offset >= USER_END && count >= 0)
        count = -EIO;
    frames_free(frame, 0);
    addr_space_unref(space);
    return done > 0 ? done : count;
}

static int64_t memory_read(struct file *file, struct io *io, uint64_t offset)
{
    return use_memory(file, io, offset, false);
}

static int64_t memory_write(struct file *file, struct io *io, uint64_t offset)
{
    return use_memory(file, io, offset, true);
}

static const struct file_operations memory_operations = {.read = memory_read, .write = memory_write};

int process_open_memory(struct file *file)
{
    struct addr_space *space;
    const int error = process_look_into(process_of(pseudo_of(file->path.node)), &space);

    if (error != 0)
        return error;
    file->operations = &memory_operations;
    if (space != NULL) {
        file->opened_count = space->serial;
        addr_space_unref(space);
    }
    return 0;
}
