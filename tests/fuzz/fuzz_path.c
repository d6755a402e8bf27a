/* Names: each line of the input is a call, by its first letter, with the rest as a path; the second path of
 * those that have two is the line before. Whatever names there are, at the end the tree can be cleared, all
 * nodes and references have been given back, and no lock is held. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fake_fs.h"
#include "fs/file.h"
#include "fs/path.h"
#include "fs/tmpfs_internal.h"

#define LINE_SIZE 5000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_one(const char *path, unsigned flags)
{
    struct file *file;

    if (file_open(&fake_root, path, flags, 0644, &file) == 0)
        file_unref(file);
}

static void look_up(const char *path, unsigned flags)
{
    static char text[PATH_MAX];
    struct path found;
    int error;

    if (path_lookup(&fake_root, path, flags, &found) != 0)
        return;
    (void)path_to_string(&fake_root.root, &found, text, sizeof(text), &error);
    path_unref(&found);
}

static void create(const char *path, uint32_t mode, const char *target)
{
    struct node_template template = {.mode = mode | 0755, .target = target};

    (void)path_create(&fake_root, path, &template);
}

static void call(char letter, const char *path, const char *before)
{
    char buffer[64];

    switch (letter) {
    case 'd':
        create(path, S_IFDIR, NULL);
        break;
    case 's':
        create(path, S_IFLNK, before);
        break;
    case 'u':
        (void)path_unlink(&fake_root, path);
        break;
    case 'r':
        (void)path_rmdir(&fake_root, path);
        break;
    case 'm':
        (void)path_rename(&fake_root, path, &fake_root, before, 0);
        break;
    case 'x':
        (void)path_rename(&fake_root, path, &fake_root, before, RENAME_EXCHANGE);
        break;
    case 'l':
        (void)path_link(&fake_root, path, PATH_NO_FOLLOW, &fake_root, before);
        break;
    case 'o':
        open_one(path, O_RDWR | O_CREAT);
        break;
    case 't':
        open_one(path, O_RDWR | O_TMPFILE);
        break;
    case 'k':
        (void)path_readlink(&fake_root, path, buffer, sizeof(buffer));
        break;
    default:
        look_up(path, letter & 3);
    }
}

static void run_lines(const char *text, size_t size)
{
    static char line[LINE_SIZE], before[LINE_SIZE];

    before[0] = '\0';
    while (size > 0) {
        size_t length = 0;
        while (length < size && text[length] != '\n')
            length++;
        size_t kept = length < LINE_SIZE - 1 ? length : LINE_SIZE - 1;
        memcpy(line, text, kept);
        line[kept] = '\0';
        if (kept > 0)
            call(line[0], line + 1, before);
        memcpy(before, kept > 0 ? line + 1 : "", kept > 0 ? kept : 1);
        size -= length < size ? length + 1 : length;
        text += length + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int has_begun;

    if (!has_begun)
        fake_fs_begin();
    has_begun = 1;
    run_lines((const char *)data, size);
    struct node *root = fake_root.root.node;
    fs_tree_lock();
    tmpfs_directory_clear(tmpfs_node_of(root));
    fs_tree_unlock();
    if (tmpfs_get_usage(root->file_system).nodes != 1 || root->ref_count != 2 ||
        fake_root.root.mount->ref_count != 2 || fake_fs.mutexes_held != 0)
        abort();
    return 0;
}
