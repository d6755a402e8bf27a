/* What the comparison with the host does not reach: holes, faults, limits, descriptors, mounts, devices,
 * reading a directory that changes, and each allocation failing. */
#include <stdio.h>
#include <stdlib.h>

#include "abi/errno.h"
#include "core/random.h"
#include "fake_fs.h"
#include "fs/devices.h"
#include "fs/fd_table.h"
#include "fs/file.h"
#include "fs/page_tree.h"
#include "fs/tmpfs.h"
#include "mm/alloc_failure.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"
#include "mm/memory_object.h"
#include "test.h"

static int set_up(void **state)
{
    (void)state;
    fake_fs_begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_fs_end();
    return 0;
}

static struct file *open_file(const char *name, unsigned flags)
{
    struct file *file = NULL;

    assert_int_equal(file_open(&fake_root, name, flags, 0666, &file), 0);
    return file;
}

static int64_t write_at(struct file *file, const char *text, int64_t offset)
{
    struct io io = io_kernel((void *)text, strlen(text));

    return file_write_at(file, &io, offset);
}

static void a_page_tree_has_holes(void **state)
{
    static const uint64_t indices[] = {
        0, 1, 511, 512, 513, 1 << 18, (1 << 18) - 1, 1ull << 36, PAGE_TREE_INDEX_MAX};
    struct page_tree tree = {0};
    uint64_t free_before = frames_get_stats().free;
    paddr_t frames[COUNT_OF(indices)];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(indices); i++) {
        assert_int_equal(frames_alloc(0, &frames[i]), 0);
        assert_int_equal(page_tree_insert(&tree, indices[i], frames[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(indices); i++)
        assert_int_equal(page_tree_lookup(&tree, indices[i]), frames[i]);
    assert_int_equal(page_tree_lookup(&tree, 2), 0);
    assert_int_equal(page_tree_lookup(&tree, 1 << 19), 0);
    assert_int_equal(page_tree_cut(&tree, PAGE_TREE_INDEX_MAX + 1), 0);
    assert_int_equal(page_tree_cut(&tree, 512), 6);
    assert_int_equal(page_tree_lookup(&tree, 511), frames[2]);
    assert_int_equal(page_tree_lookup(&tree, 512), 0);
    assert_int_equal(page_tree_cut(&tree, 0), 3);
    assert_int_equal(frames_get_stats().free, free_before);
}

static paddr_t kept_frame;

static bool may_go_but_one(paddr_t frame)
{
    return frame != kept_frame;
}

/* Ranges at all places of a tree, against a table of the pages that are there. */
static void a_range_is_taken_out_of_a_page_tree(void **state)
{
    enum { PAGES = 1600 };
    static bool is_there[PAGES];
    uint64_t free_before = frames_get_stats().free;
    struct page_tree tree = {0};

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        uint64_t first = (uint64_t)rand() % PAGES, end = first + (uint64_t)rand() % (PAGES - first),
                 count = 0;
        for (unsigned i = 0; i < 40; i++) {
            uint64_t page = (uint64_t)rand() % PAGES;
            paddr_t frame;
            if (is_there[page])
                continue;
            assert_int_equal(frames_alloc(0, &frame), 0);
            assert_int_equal(page_tree_insert(&tree, page, frame), 0);
            is_there[page] = true;
        }
        kept_frame = page_tree_lookup(&tree, (first + end) / 2);
        for (uint64_t page = first; page < end; page++) {
            bool goes = is_there[page] && (round % 2 == 0 || page != (first + end) / 2);
            count += goes;
            is_there[page] &= !goes;
        }
        assert_int_equal(page_tree_remove(&tree, first, end, round % 2 == 0 ? NULL : may_go_but_one), count);
        for (uint64_t page = 0; page < PAGES; page++)
            assert_int_equal(page_tree_lookup(&tree, page) != 0, is_there[page]);
    }
    (void)page_tree_cut(&tree, 0);
    assert_int_equal(tree.levels, 0);
    assert_int_equal(frames_get_stats().free, free_before);
}

/* A hole: borders are cleared, whole pages go, unless somebody has them. */
static void a_hole_gives_memory_back(void **state)
{
    static char bytes[6 * PAGE_SIZE], zeros[6 * PAGE_SIZE];
    struct file *file = open_file("f", O_RDWR | O_CREAT);
    struct node *node = file->path.node;
    struct memory_object *object;
    paddr_t mapped;

    (void)state;
    memset(bytes, 'b', sizeof(bytes));
    struct io io = io_kernel(bytes, sizeof(bytes));
    assert_int_equal(file_write_at(file, &io, 0), sizeof(bytes));
    assert_int_equal(node_frame_count(node), 6);
    assert_int_equal(node_clear(node, &fake_credentials[0], PAGE_SIZE + 1, 3 * PAGE_SIZE), 0);
    assert_null(fake_fs.object_cut);
    assert_int_equal(node_frame_count(node), 4);
    io = io_kernel(bytes, sizeof(bytes));
    assert_int_equal(file_read_at(file, &io, 0), sizeof(bytes));
    assert_int_equal(bytes[PAGE_SIZE], 'b');
    assert_memory_equal(bytes + PAGE_SIZE + 1, zeros, 3 * PAGE_SIZE);
    assert_int_equal(bytes[4 * PAGE_SIZE + 1], 'b');

    assert_int_equal(file_get_memory_object(file, &object), 0);
    assert_int_equal(memory_object_get_page(object, 5, false, &mapped), 0);
    assert_int_equal(node_clear(node, &fake_credentials[0], 4 * PAGE_SIZE, 9 * PAGE_SIZE), 0);
    assert_ptr_equal(fake_fs.object_cut, object);
    assert_int_equal(fake_fs.object_cut_page, 4);
    assert_int_equal(fake_fs.object_cut_end, 6);
    assert_int_equal(node_frame_count(node), 3);
    assert_memory_equal(direct_map(mapped), zeros, PAGE_SIZE);
    frame_unref(mapped);
    memory_object_unref(object);
    assert_int_equal(node_clear(node, &fake_credentials[0], 5 * PAGE_SIZE + 7, 3), 0); /* within a page */
    assert_int_equal(node_size(node), sizeof(bytes));
    file_unref(file);
    assert_int_equal(path_unlink(&fake_root, "f"), 0);
}

static void files_have_holes_and_ends(void **state)
{
    char bytes[16];
    struct file *file = open_file("f", O_RDWR | O_CREAT);

    (void)state;
    assert_int_equal(write_at(file, "end", 1ll << 40), 3);
    assert_int_equal(node_size(file->path.node), (1ll << 40) + 3);
    assert_int_equal(node_frame_count(file->path.node), 1);
    struct io io = io_kernel(bytes, sizeof(bytes));
    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(file_read_at(file, &io, (1ll << 40) - 3), 6);
    assert_memory_equal(bytes, "\0\0\0end", 6);
    assert_int_equal(file_truncate(file, (1ll << 40) + 1), 0);
    assert_int_equal(file_truncate(file, (1ll << 40) + 3), 0); /* what was cut off is zero now */
    io = io_kernel(bytes, sizeof(bytes));
    assert_int_equal(file_read_at(file, &io, 1ll << 40), 3);
    assert_memory_equal(bytes, "e\0\0", 3);
    assert_int_equal(write_at(file, "xx", INT64_MAX - 1), -EINVAL);
    assert_int_equal(write_at(file, "xx", INT64_MAX), -EINVAL);
    assert_int_equal(write_at(file, "xx", -1), -EINVAL);
    assert_int_equal(file_truncate(file, -1), -EINVAL);
    assert_int_equal(path_unlink(&fake_root, "f"), 0);
    assert_int_equal(file_truncate(file, 0), 0);
    file_unref(file);
}

static void a_mapped_file_lives_and_its_pages_are_its_own(void **state)
{
    struct file *file = open_file("f", O_RDWR | O_CREAT);
    struct node *node = file->path.node;
    struct memory_object *object, *again;
    paddr_t frame, hole, same;

    (void)state;
    assert_int_equal(write_at(file, "end", 1ll << 40), 3);
    assert_int_equal(file_truncate(file, (1ll << 40) + 2), 0);
    assert_null(fake_fs.object_cut); /* nobody maps it */
    assert_int_equal(file_get_memory_object(file, &object), 0);
    assert_int_equal(file_get_memory_object(file, &again), 0);
    assert_ptr_equal(object, again);
    memory_object_unref(again);
    assert_int_equal(memory_object_get_page(object, 1ull << 28, false, &frame), 0);
    assert_memory_equal(direct_map(frame), "en", 3);
    assert_int_equal(memory_object_get_page(object, (1ull << 28) + 1, true, &hole), -ENXIO);
    uint64_t mtime_ns = node_get_attributes(node).mtime_ns;
    assert_int_equal(memory_object_get_page(object, 5, false, &hole), 0);
    assert_int_equal(node_get_attributes(node).mtime_ns, mtime_ns);
    assert_int_equal(memory_object_get_page(object, 5, true, &same), 0);
    assert_true(node_get_attributes(node).mtime_ns > mtime_ns);
    assert_int_equal(hole, same);
    frame_unref(same);
    assert_int_equal(node_frame_count(node), 2);

    assert_int_equal(file_truncate(file, 5 * PAGE_SIZE + 1), 0);
    assert_ptr_equal(fake_fs.object_cut, object);
    assert_int_equal(fake_fs.object_cut_page, 6);
    assert_int_equal(memory_object_get_page(object, 1ull << 28, true, &same), -ENXIO);
    memset(direct_map(frame), 'x', PAGE_SIZE); /* a mapping's still, until it is taken out */
    frame_unref(frame);

    file_unref(file);
    assert_int_equal(path_unlink(&fake_root, "f"), 0);
    assert_int_equal(memory_object_get_page(object, 5, true, &same), 0); /* nobody else has the file */
    assert_int_equal(same, hole);
    frame_unref(same);
    memory_object_unref(object);
    memset(direct_map(hole), 'x', PAGE_SIZE);
    frame_unref(hole);
}

static void what_can_be_mapped(void **state)
{
    struct file *directory = open_file("/", O_RDONLY | O_DIRECTORY);
    struct memory_object *object;

    (void)state;
    assert_int_equal(file_get_memory_object(directory, &object), -ENODEV);
    file_unref(directory);
}

static void a_fault_makes_a_transfer_short(void **state)
{
    static _Alignas(4096) char pages[3][4096];
    struct file *file = open_file("f", O_RDWR | O_CREAT);

    (void)state;
    fake_fs.hole_start = (uint64_t)pages[1];
    fake_fs.hole_end = (uint64_t)pages[2];
    struct io io = io_user((user_ptr_t){fake_fs.hole_start - 6}, 10);
    assert_int_equal(file_write(file, &io), 6);
    assert_int_equal(file->offset, 6);
    io = io_user((user_ptr_t){fake_fs.hole_start}, 10);
    assert_int_equal(file_write(file, &io), -EFAULT);
    struct io_segment segments[] = {
        {(uint64_t)pages[0], 3}, {fake_fs.hole_start, 3}, {(uint64_t)pages[0], 3}};
    io = io_user_segments(segments, 3);
    assert_int_equal(file_write(file, &io), 3);
    assert_int_equal(node_size(file->path.node), 9);
    io = io_user((user_ptr_t){fake_fs.hole_start - 4}, 9);
    assert_int_equal(file_read_at(file, &io, 0), 4);
    io = io_user((user_ptr_t){fake_fs.hole_start}, 9);
    assert_int_equal(file_read_at(file, &io, 0), -EFAULT);
    assert_int_equal(file_read_at(file, &io, 9), 0);
    io = io_user((user_ptr_t){UINT64_MAX - 3}, 0);
    assert_int_equal(file_read_at(file, &io, 0), -EFAULT);
    file_unref(file);
    assert_int_equal(path_unlink(&fake_root, "f"), 0);
}

static void limits_hold(void **state)
{
    struct tmpfs_limits limits = {.frames = 2, .nodes = 2};
    struct file_system *file_system;
    struct node_template directory = {.mode = S_IFDIR | 0755};
    static char three_pages[3 * 4096];
    struct file *file, *other;

    (void)state;
    assert_int_equal(path_create(&fake_root, "m", &directory), 0);
    assert_int_equal(tmpfs_create(&limits, 0755, &file_system), 0);
    assert_int_equal(path_mount(&fake_root, "m", "none", file_system, 0), 0);
    file = open_file("m/f", O_RDWR | O_CREAT);
    assert_int_equal(file_open(&fake_root, "m/g", O_CREAT, 0600, &other), -ENOSPC);
    struct io io = io_kernel(three_pages, sizeof(three_pages));
    assert_int_equal(file_write(file, &io), 8192);
    assert_int_equal(file_write(file, &io), -ENOSPC);
    assert_int_equal(path_unmount(&fake_root, "m", 0), -EBUSY);
    assert_int_equal(path_rmdir(&fake_root, "m"), -EBUSY);
    file_unref(file);
    assert_int_equal(path_unmount(&fake_root, "m", 0), 0); /* with a file in it */
    assert_int_equal(path_unmount(&fake_root, "m", 0), -EINVAL);
    assert_int_equal(path_rmdir(&fake_root, "m"), 0);
}

static void mounts_are_crossed_both_ways(void **state)
{
    struct tmpfs_limits limits = {0};
    struct file_system *file_system;
    struct node_template directory = {.mode = S_IFDIR | 0755};
    struct path path;
    char buffer[64];
    int error = 0;

    (void)state;
    assert_int_equal(path_create(&fake_root, "a", &directory), 0);
    assert_int_equal(path_create(&fake_root, "a/m", &directory), 0);
    assert_int_equal(tmpfs_create(&limits, 0755, &file_system), 0);
    assert_int_equal(path_mount(&fake_root, "a/m", "none", file_system, 0), 0);
    assert_int_equal(path_create(&fake_root, "a/m/deep", &directory), 0);
    assert_int_equal(path_lookup(&fake_root, "a/m/deep/../../m/deep", 0, &path), 0);
    assert_string_equal(path_to_string(&fake_root.root, &path, buffer, sizeof(buffer), &error), "/a/m/deep");
    assert_null(path_to_string(&fake_root.root, &path, buffer, 9, &error));
    assert_int_equal(error, -ERANGE);
    assert_string_equal(path_to_string(&fake_root.root, &path, buffer, 10, &error), "/a/m/deep");
    assert_string_equal(path_to_string(&path, &path, buffer, 10, &error), "/");
    assert_int_equal(path_rename(&fake_root, "a/m/deep", &fake_root, "deep", 0), -EXDEV);
    assert_int_equal(path_rename(&fake_root, "a/m", &fake_root, "n", 0), -EBUSY);
    assert_int_equal(path_rmdir(&fake_root, "a/m/deep"), 0);
    assert_null(path_to_string(&fake_root.root, &path, buffer, sizeof(buffer), &error));
    assert_int_equal(error, -ENOENT);
    path_unref(&path);
    assert_int_equal(path_unmount(&fake_root, "a/m", 0), 0);
    assert_int_equal(path_rmdir(&fake_root, "a/m"), 0);
    assert_int_equal(path_rmdir(&fake_root, "a"), 0);
}

static void make_directory(const char *name)
{
    const struct node_template template = {.mode = S_IFDIR | 0755};

    assert_int_equal(path_create(&fake_root, name, &template), 0);
}

static struct file_system *new_tmpfs(void)
{
    const struct tmpfs_limits limits = {0};
    struct file_system *file_system;

    assert_int_equal(tmpfs_create(&limits, 0755, &file_system), 0);
    return file_system;
}

static void mounts_bind_move_and_come_off_while_in_use(void **state)
{
    struct file *file, *kept;

    (void)state;
    make_directory("a");
    make_directory("b");
    make_directory("c");
    assert_int_equal(path_mount(&fake_root, "a", "none", new_tmpfs(), 0), 0);
    make_directory("a/d");
    file_unref(open_file("a/d/f", O_RDWR | O_CREAT));
    assert_int_equal(path_bind(&fake_root, "a/d", "b"), 0);
    file_unref(open_file("b/f", O_RDWR));
    assert_int_equal(path_unmount(&fake_root, "a", 0), 0); /* its files are seen at b still */
    file_unref(open_file("b/f", O_RDWR));
    assert_int_equal(path_move_mount(&fake_root, "b", "c"), 0);
    assert_int_equal(file_open(&fake_root, "b/f", O_RDWR, 0, &file), -ENOENT);
    kept = open_file("c/f", O_RDWR);
    assert_int_equal(path_unmount(&fake_root, "c", 0), -EBUSY);
    assert_int_equal(path_remount(&fake_root, "c", true, 0), -EBUSY);
    make_directory("c/upon");
    assert_int_equal(path_mount(&fake_root, "c/upon", "none", new_tmpfs(), 0), 0);
    assert_int_equal(path_move_mount(&fake_root, "c", "c/upon"), -ELOOP);
    assert_int_equal(path_unmount(&fake_root, "c", PATH_UNMOUNT_DETACH), 0);
    assert_int_equal(path_unmount(&fake_root, "c", PATH_UNMOUNT_DETACH), -EINVAL);
    assert_int_equal(write_at(kept, "lives on", 0), 8);
    file_unref(kept);
    assert_int_equal(path_mount(&fake_root, "a", "none", new_tmpfs(), 0), 0);
    assert_int_equal(path_remount(&fake_root, "a", true, 0), 0);
    assert_int_equal(file_open(&fake_root, "a/f", O_RDWR | O_CREAT, 0600, &file), -EROFS);
    assert_int_equal(path_remount(&fake_root, "a", false, 0), 0);
    file_unref(open_file("a/f", O_RDWR | O_CREAT));
    assert_int_equal(path_remount(&fake_root, "b", true, 0), -EINVAL);
    assert_int_equal(path_unmount(&fake_root, "a", 0), 0);
    assert_int_equal(path_rmdir(&fake_root, "a"), 0);
    assert_int_equal(path_rmdir(&fake_root, "b"), 0);
    assert_int_equal(path_rmdir(&fake_root, "c"), 0);
}

static void a_detached_mount_is_left_alone(void **state)
{
    struct path_context inside = fake_root;
    struct path place;

    (void)state;
    make_directory("a");
    make_directory("b");
    assert_int_equal(path_mount(&fake_root, "a", "none", new_tmpfs(), 0), 0);
    make_directory("a/d");
    assert_int_equal(path_lookup(&fake_root, "a", 0, &place), 0);
    inside.start = place;
    assert_int_equal(path_unmount(&fake_root, "a", PATH_UNMOUNT_DETACH), 0);
    assert_int_equal(place.node->file_system->mount_count, 1);
    assert_int_equal(path_unmount(&inside, ".", PATH_UNMOUNT_DETACH), -EINVAL);
    assert_int_equal(path_unmount(&inside, ".", 0), -EINVAL);
    assert_int_equal(path_move_mount(&inside, ".", "/b"), -EINVAL);
    assert_int_equal(path_bind(&inside, "d", "/b"), -EINVAL);
    assert_int_equal(path_bind(&inside, "/b", "d"), -ENOENT);
    assert_int_equal(path_remount(&inside, ".", true, 0), -EINVAL);
    assert_int_equal(path_set_mount_flags(&inside, ".", MS_NOEXEC), -EINVAL);
    path_unref(&place);
    assert_int_equal(path_rmdir(&fake_root, "a"), 0);
    assert_int_equal(path_rmdir(&fake_root, "b"), 0);
}

static void descriptors_are_the_lowest_free_ones(void **state)
{
    struct fd_table *table = fd_table_create(), *copy;
    struct file *file = open_file("/", O_RDONLY);

    (void)state;
    for (int i = 0; i < 200; i++)
        assert_int_equal(fd_table_add(table, file, 0, 200, 0), i);
    assert_int_equal(fd_table_add(table, file, 0, 200, 0), -EMFILE);
    assert_int_equal(fd_table_add(table, file, 200, 200, 0), -EINVAL);
    assert_int_equal(fd_table_close(table, 70), 0);
    assert_int_equal(fd_table_close(table, 70), -EBADF);
    assert_int_equal(fd_table_close(table, FD_TABLE_MAX), -EBADF);
    assert_int_equal(fd_table_dup(table, 70, 0, 1024, 0), -EBADF);
    assert_int_equal(fd_table_dup(table, 1, 10, 1024, FD_CLOSE_ON_EXEC), 70);
    assert_int_equal(fd_table_get_flags(table, 70), FD_CLOSE_ON_EXEC);
    assert_int_equal(fd_table_dup_to(table, 70, 300, 1024, 0), 300);
    assert_int_equal(fd_table_get_flags(table, 300), 0);
    assert_int_equal(fd_table_dup_to(table, 70, 1024, 1024, 0), -EBADF);
    assert_int_equal(fd_table_dup_to(table, 301, 301, 1024, 0), -EBADF);
    assert_int_equal(fd_table_dup_to(table, 300, 300, 100, 0), 300);
    assert_int_equal(fd_table_set_flags(table, 300, FD_CLOSE_ON_EXEC), 0);
    copy = fd_table_copy(table);
    assert_int_equal(ref_count_get(&file->references), 1 + 2 * 201);
    fd_table_close_on_exec(copy);
    assert_int_equal(fd_table_next(copy, 69), 69);
    assert_int_equal(fd_table_next(copy, 70), 71);
    assert_int_equal(fd_table_next(copy, 200), -EBADF);
    assert_int_equal(fd_table_next(table, 200), 300);
    fd_table_unref(copy);
    assert_int_equal(fd_table_dup_to(table, 0, 4095, FD_TABLE_MAX + 10, 0), 4095);
    assert_int_equal(fd_table_add(table, file, 4095, UINT32_MAX, 0), -EMFILE);
    fd_table_unref(table);
    assert_int_equal(ref_count_get(&file->references), 1);
    file_unref(file);
}

static void positions_and_flags_are_the_open_files(void **state)
{
    struct file *file = open_file("f", O_WRONLY | O_CREAT), *other = open_file("f", O_WRONLY | O_APPEND);
    struct io io = io_kernel("12345", 5);

    (void)state;
    assert_int_equal(file_write(file, &io), 5);
    io = io_kernel("ab", 2);
    assert_int_equal(file_write(other, &io), 2);
    assert_int_equal(file_seek(other, 0, SEEK_CUR), 7);
    assert_int_equal(file_seek(file, -3, SEEK_END), 4);
    assert_int_equal(file_seek(file, -5, SEEK_CUR), -EINVAL);
    assert_int_equal(file_seek(file, INT64_MAX, SEEK_CUR), -EINVAL);
    assert_int_equal(file_seek(file, 0, 7), -EINVAL);
    io = io_kernel("z", 1);
    assert_int_equal(file_write_at(other, &io, 0), 1); /* at the end all the same */
    assert_int_equal(node_size(file->path.node), 8);
    assert_int_equal(file_set_flags(other, &fake_credentials[0], O_NONBLOCK | O_RDWR), 0);
    assert_int_equal(other->flags & (O_ACCMODE | O_APPEND | O_NONBLOCK), O_WRONLY | O_NONBLOCK);
    assert_int_equal(file_set_flags(other, &fake_credentials[1], O_NOATIME), -EPERM);
    assert_int_equal(file_ioctl(file, FIONREAD, 0), -ENOTTY);
    file_unref(file);
    file_unref(other);
    assert_int_equal(path_unlink(&fake_root, "f"), 0);
}

/* Whoever reads a directory while it changes sees each name that was there all the time exactly once. */
static void a_directory_may_change_while_it_is_read(void **state)
{
    char name[16];
    unsigned seen[1000] = {0};
    struct directory_entry entry;
    struct file *directory = open_file("/", O_RDONLY);

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "%u", i);
        file_unref(open_file(name, O_CREAT));
    }
    assert_int_equal(file_readdir_begin(directory), 0);
    for (unsigned count = 0; file_readdir(directory, &entry) == 0; count++) {
        unsigned number = (unsigned)atoi(entry.name);
        assert_string_equal(count < 2 ? (count == 0 ? "." : "..") : entry.name, entry.name);
        file_readdir_advance(directory, &entry);
        if (count < 2)
            continue;
        seen[number]++;
        if (number % 2 == 0) /* it goes, and the next even one before it is seen */
            assert_int_equal(path_unlink(&fake_root, entry.name), 0);
    }
    file_readdir_end(directory);
    file_unref(directory);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "%u", i);
        assert_int_equal(seen[i], 1);
        assert_int_equal(path_unlink(&fake_root, name), i % 2 == 0 ? -ENOENT : 0);
    }
}

static void devices_do_as_their_names_say(void **state)
{
    static const char *const names[] = {"null", "zero", "full", "random", "urandom"};
    char bytes[600];
    uint8_t seed[RANDOM_SEED_SIZE] = {0};
    struct node_template unknown = {.mode = S_IFCHR | 0666, .rdev = DEVICE_NUMBER(99, 300)};

    (void)state;
    random_seed(seed);
    assert_int_equal(devices_setup(), 0);
    assert_int_equal(devices_create_nodes(&fake_root), 0);
    assert_int_equal(devices_create_nodes(&fake_root), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct file *file = open_file(names[i], O_RDWR);
        struct io io = io_kernel("hello", 5);
        assert_int_equal(file_write(file, &io), i == 2 ? -ENOSPC : 5);
        memset(bytes, 'x', sizeof(bytes));
        io = io_kernel(bytes, sizeof(bytes));
        assert_int_equal(file_read(file, &io), i == 0 ? 0 : 600);
        if (i == 1 || i == 2)
            assert_true(bytes[0] == 0 && memcmp(bytes, bytes + 1, 599) == 0);
        if (i == 3 || i == 4)
            assert_memory_not_equal(bytes, bytes + 300, 300);
        file_unref(file);
        assert_int_equal(path_unlink(&fake_root, names[i]), 0);
    }
    struct file *file;
    assert_int_equal(path_create(&fake_root, "unknown", &unknown), 0);
    assert_int_equal(file_open(&fake_root, "unknown", O_RDWR, 0, &file), -ENXIO);
    assert_int_equal(path_unlink(&fake_root, "unknown"), 0);
}

static void forty_links_are_followed(void **state)
{
    char name[4] = "l00", target[4] = "dir";
    struct node_template directory = {.mode = S_IFDIR | 0755},
                         link = {.mode = S_IFLNK | 0777, .target = target};
    struct path path;

    (void)state;
    assert_int_equal(path_create(&fake_root, "dir", &directory), 0);
    for (unsigned i = 0; i <= PATH_LINKS_MAX; i++) {
        snprintf(name, sizeof(name), "l%02u", i % 100);
        assert_int_equal(path_create(&fake_root, name, &link), 0);
        int error = path_lookup(&fake_root, name, 0, &path);
        assert_int_equal(error, i < PATH_LINKS_MAX ? 0 : -ELOOP);
        if (error == 0)
            path_unref(&path);
        memcpy(target, name, sizeof(target));
    }
    for (unsigned i = 0; i <= PATH_LINKS_MAX; i++) {
        snprintf(name, sizeof(name), "l%02u", i % 100);
        assert_int_equal(path_unlink(&fake_root, name), 0);
    }
    assert_int_equal(path_rmdir(&fake_root, "dir"), 0);
}

static void permissions_hold(void **state)
{
    struct credentials *user = &fake_credentials[1];
    struct path_context as_user = fake_root;
    struct node_template sticky = {.mode = S_IFDIR | S_ISVTX | 0777};
    struct file *file = open_file("f", O_CREAT | O_RDWR);
    struct node *node = file->path.node;

    (void)state;
    as_user.credentials = user;
    assert_int_equal(node_set_mode(node, &fake_credentials[0], 0642), 0);
    assert_int_equal(node_check_access(node, &fake_credentials[0], R_OK | W_OK), 0);
    assert_int_equal(node_check_access(node, &fake_credentials[0], X_OK), -EACCES);
    assert_int_equal(node_check_access(node, user, W_OK), 0);
    assert_int_equal(node_check_access(node, user, R_OK), -EACCES);
    assert_int_equal(node_set_mode(node, user, 0777), -EPERM);
    assert_int_equal(node_set_owner(node, user, 1000, UINT32_MAX), -EPERM);
    assert_int_equal(node_set_owner(node, &fake_credentials[0], UINT32_MAX, 1000), 0);
    assert_int_equal(node_check_access(node, user, R_OK), 0); /* by the group */
    assert_int_equal(node_check_access(node, user, W_OK), -EACCES);
    assert_int_equal(node_set_times(node, user, NODE_TIME_NOW, NODE_TIME_NOW), -EACCES);
    assert_int_equal(node_set_times(node, user, 1, 1), -EPERM);
    assert_int_equal(node_set_times(node, &fake_credentials[0], 7, NODE_TIME_OMIT), 0);
    assert_int_equal(node_get_attributes(node).atime_ns, 7);

    /* In a sticky directory everybody may remove only what is his own. */
    assert_int_equal(path_create(&fake_root, "s", &sticky), 0);
    file_unref(open_file("s/f", O_CREAT));
    assert_int_equal(path_unlink(&as_user, "s/f"), -EPERM);
    assert_int_equal(path_rename(&as_user, "s/f", &as_user, "s/g", 0), -EPERM);
    struct path path;
    assert_int_equal(path_lookup(&fake_root, "s/f", 0, &path), 0);
    assert_int_equal(node_set_owner(path.node, &fake_credentials[0], 1000, UINT32_MAX), 0);
    path_unref(&path);
    assert_int_equal(path_unlink(&as_user, "s/f"), 0);
    assert_int_equal(path_rmdir(&fake_root, "s"), 0);
    file_unref(file);
    assert_int_equal(path_unlink(&fake_root, "f"), 0);
}

/* One of everything; returns the first error. What has been made is removed. */
static int do_a_bit_of_everything(void)
{
    static char page[4096];
    struct node_template directory = {.mode = S_IFDIR | 0755};
    struct node_template link = {.mode = S_IFLNK | 0777, .target = "d"};
    struct fd_table *table = NULL, *copy;
    struct file *file;
    int error = path_create(&fake_root, "d", &directory);

    if (error == 0)
        error = path_create(&fake_root, "l", &link);
    if (error == 0)
        error = file_open(&fake_root, "l/f", O_RDWR | O_CREAT, 0600, &file);
    if (error == 0) {
        struct io io = io_kernel(page, sizeof(page));
        int64_t count = file_write_at(file, &io, 100 << 20);
        error = count < 0 ? (int)count : 0;
        table = fd_table_create();
        copy = NULL;
        if (table == NULL || fd_table_add(table, file, 0, 10, 0) < 0 || (copy = fd_table_copy(table)) == NULL)
            error = error != 0 ? error : -ENOMEM;
        if (table != NULL)
            fd_table_unref(table);
        if (copy != NULL)
            fd_table_unref(copy);
        file_unref(file);
    }
    if (error == 0)
        error = path_link(&fake_root, "d/f", 0, &fake_root, "a name that is longer than others");
    if (error == 0)
        error = path_rename(&fake_root, "d/f", &fake_root, "g", 0);
    static const char *const names[] = {"d/f", "a name that is longer than others", "g", "l"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        (void)path_unlink(&fake_root, names[i]);
    (void)path_rmdir(&fake_root, "d");
    return error;
}

static void each_allocation_may_fail(void **state)
{
    uint64_t successes = 0;
    int error;

    (void)state;
    do {
        alloc_failure_set(successes++);
        error = do_a_bit_of_everything();
        if (alloc_failure_has_happened())
            assert_true(error == -ENOMEM || error == -ENFILE);
        assert_true(successes < 1000);
    } while (alloc_failure_has_happened());
    assert_int_equal(error, 0);
    assert_true(successes > 12);
}

/* A file is written to, or executed, never both at a time. */
static void what_is_executed_is_not_written(void **state)
{
    struct file *first, *second, *written, *none = NULL;

    (void)state;
    written = open_file("program", O_WRONLY | O_CREAT);
    assert_int_equal(node_set_mode(written->path.node, fake_root.credentials, 0111), 0);
    assert_int_equal(file_open_executable(&fake_root, "program", 0, &none), -ETXTBSY);
    file_unref(written);
    assert_int_equal(file_open_executable(&fake_root, "program", 0, &first), 0);
    assert_int_equal(file_open_executable(&fake_root, "program", 0, &second), 0);
    file_unref(first);
    assert_int_equal(file_open(&fake_root, "program", O_RDWR, 0, &none), -ETXTBSY);
    assert_int_equal(file_open(&fake_root, "program", O_RDONLY | O_TRUNC, 0, &none), -ETXTBSY);
    assert_int_equal(node_truncate(second->path.node, fake_root.credentials, 0), -ETXTBSY);
    file_unref(open_file("program", O_RDONLY));
    file_unref(second);
    file_unref(open_file("program", O_WRONLY | O_TRUNC));
    assert_int_equal(path_unlink(&fake_root, "program"), 0);
}

static void only_programs_are_executed(void **state)
{
    const struct node_template link = {.mode = S_IFLNK | 0777, .target = "plain"};
    struct file *file;

    (void)state;
    file_unref(open_file("plain", O_WRONLY | O_CREAT));
    assert_int_equal(path_create(&fake_root, "link", &link), 0);
    assert_int_equal(file_open_executable(&fake_root, "plain", 0, &file), -EACCES);
    assert_int_equal(file_open_executable(&fake_root, "link", PATH_NO_FOLLOW, &file), -ELOOP);
    assert_int_equal(file_open_executable(&fake_root, "/", 0, &file), -EACCES);
    assert_int_equal(file_open_executable(&fake_root, "", 0, &file), -ENOENT);
    assert_int_equal(file_open_executable(&fake_root, "", PATH_EMPTY, &file), -EACCES);
    assert_int_equal(file_open_executable(&fake_root, "nothing", 0, &file), -ENOENT);
    assert_int_equal(path_unlink(&fake_root, "plain"), 0);
    assert_int_equal(path_unlink(&fake_root, "link"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_tree_has_holes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_range_is_taken_out_of_a_page_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hole_gives_memory_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_have_holes_and_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mapped_file_lives_and_its_pages_are_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_can_be_mapped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fault_makes_a_transfer_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mounts_are_crossed_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mounts_bind_move_and_come_off_while_in_use, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_detached_mount_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(descriptors_are_the_lowest_free_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(positions_and_flags_are_the_open_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_may_change_while_it_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(devices_do_as_their_names_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forty_links_are_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(permissions_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_allocation_may_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_executed_is_not_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_programs_are_executed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
