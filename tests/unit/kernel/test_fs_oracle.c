/* Names and files against the host's own kernel: the same calls, chosen at random, must have the same results
 * and errors there. */
#include <stdio.h>
#include <stdlib.h>

#include "abi/errno.h"
#include "fake_fs.h"
#include "fs/file.h"
#include "fs_operation.h"
#include "test.h"

#define ROUNDS 150000

static struct path_context context;

static int do_stat(const struct fs_operation *operation, struct fs_result *result, unsigned flags)
{
    struct path path;
    int error = path_lookup(&context, operation->path, flags, &path);

    if (error != 0)
        return error;
    struct node_attributes stat = node_get_attributes(path.node);
    snprintf(result->text, sizeof(result->text), "mode %o nlink %u size %lu uid %u gid %u", stat.mode,
             stat.nlink, stat.size, stat.uid, stat.gid);
    path_unref(&path);
    return 0;
}

static int do_open(const struct fs_operation *operation, struct fs_result *result)
{
    char bytes[5000];
    struct file *file;
    int error = file_open(&context, operation->path, operation->flags, operation->mode, &file);

    if (error != 0)
        return error;
    memset(bytes, 'a' + (int)(operation->size % 26), sizeof(bytes));
    struct io io = io_user((user_ptr_t){(uint64_t)bytes}, operation->size);
    int64_t written = file_write(file, &io);
    io = io_user((user_ptr_t){(uint64_t)bytes}, sizeof(bytes));
    int64_t got = file_read_at(file, &io, 0);
    unsigned sum = 0;
    for (int64_t i = 0; i < got; i++)
        sum = sum * 31 + (unsigned char)bytes[i];
    int64_t at = file_seek(file, 0, SEEK_CUR);
    snprintf(result->text, sizeof(result->text), "write %d %d read %d %d sum %u at %d",
             written < 0 ? -1 : (int)written, written < 0 ? (int)-written : 0, got < 0 ? -1 : (int)got,
             got < 0 ? (int)-got : 0, sum, at < 0 ? -1 : (int)at);
    file_unref(file);
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int do_list(const struct fs_operation *operation, struct fs_result *result)
{
    static char names[64][300];
    size_t count = 0, length = 0;
    struct directory_entry entry;
    struct file *file;
    int error = file_open(&context, operation->path, O_RDONLY | O_DIRECTORY, 0, &file);

    if (error != 0)
        return error;
    assert_int_equal(file_readdir_begin(file), 0);
    while (file_readdir(file, &entry) == 0) {
        snprintf(names[count++], sizeof(names[0]), "%s %u\n", entry.name, entry.mode >> 12);
        file_readdir_advance(file, &entry);
    }
    file_readdir_end(file);
    file_unref(file);
    qsort(names, count, sizeof(names[0]), compare_names);
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(result->text + length, sizeof(result->text) - length, "%s", names[i]);
    return 0;
}

static int do_on_path(const struct fs_operation *operation, struct fs_result *result)
{
    struct path path;
    int error;

    (void)result;
    error = path_lookup(&context, operation->path, 0, &path);
    if (error != 0)
        return error;
    if (operation->call == FS_CHMOD) {
        error = node_set_mode(path.node, context.credentials, operation->mode);
    } else if (S_ISDIR(node_mode(path.node))) {
        error = -EISDIR;
    } else if (!S_ISREG(node_mode(path.node))) {
        error = -EINVAL;
    } else {
        error = node_check_access(path.node, context.credentials, W_OK);
        if (error == 0)
            error = node_truncate(path.node, context.credentials, operation->size);
    }
    path_unref(&path);
    return error;
}

static int do_create(const struct fs_operation *operation, uint32_t type)
{
    struct node_template template = {.mode = type | (type == S_IFLNK ? 0777 : operation->mode),
                                     .uid = context.credentials->uid,
                                     .gid = context.credentials->gid,
                                     .target = operation->path2};

    return path_create(&context, operation->path, &template);
}

static int do_call(const struct fs_operation *operation, struct fs_result *result)
{
    switch (operation->call) {
    case FS_MKDIR:
        return do_create(operation, S_IFDIR);
    case FS_RMDIR:
        return path_rmdir(&context, operation->path);
    case FS_UNLINK:
        return path_unlink(&context, operation->path);
    case FS_OPEN:
        return do_open(operation, result);
    case FS_RENAME:
        return path_rename(&context, operation->path, &context, operation->path2, operation->flags);
    case FS_LINK:
        return path_link(&context, operation->path, PATH_NO_FOLLOW, &context, operation->path2);
    case FS_SYMLINK:
        return do_create(operation, S_IFLNK);
    case FS_READLINK: {
        int length = path_readlink(&context, operation->path, result->text, sizeof(result->text) - 1);
        result->text[length < 0 ? 0 : length] = '\0';
        return length < 0 ? length : 0;
    }
    case FS_STAT:
        return do_stat(operation, result, 0);
    case FS_LSTAT:
        return do_stat(operation, result, PATH_NO_FOLLOW);
    case FS_MKFIFO:
        return do_create(operation, S_IFIFO);
    case FS_LIST:
        return do_list(operation, result);
    default:
        return do_on_path(operation, result);
    }
}

static void append_name(char *path)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "a", "b", ".", "..", "x", "y"};
    uint64_t choice = random_below(60);

    if (choice == 0 || choice == 1) { /* too long, and just not */
        size_t length = strlen(path), count = 255 + choice;
        memset(path + length, 'l', count);
        path[length + count] = '\0';
        return;
    }
    strcat(path, names[random_below(COUNT_OF(names))]);
}

static void make_path(char *path, uint64_t names_max)
{
    uint64_t count = 1 + random_below(names_max);

    path[0] = '\0';
    if (random_below(10) == 0)
        strcat(path, "/");
    for (uint64_t i = 0; i < count && random_below(100) != 0; i++) {
        if (i > 0)
            strcat(path, random_below(8) == 0 ? "//" : "/");
        append_name(path);
    }
    if (random_below(10) == 0)
        strcat(path, "/");
}

static void make_operation(struct fs_operation *operation)
{
    static const unsigned modes[] = {0777, 0777, 0777, 0755, 0755,  0700,
                                     0711, 0555, 0644, 0000, 01755, 02775};
    static const unsigned flags[] = {O_CREAT,  O_CREAT,     O_EXCL,     O_TRUNC,
                                     O_APPEND, O_DIRECTORY, O_NOFOLLOW, O_PATH};

    operation->call = (enum fs_call)random_below(FS_CALL_COUNT);
    make_path(operation->path, 3);
    make_path(operation->path2, operation->call == FS_SYMLINK ? 2 : 3);
    operation->mode = modes[random_below(COUNT_OF(modes))];
    operation->size =
        (unsigned)random_below(4) == 0 ? (unsigned)random_below(5000) : (unsigned)random_below(50);
    operation->is_user = operation->call != FS_LINK && random_below(3) == 0;
    operation->flags = 0;
    if (operation->call == FS_RENAME)
        operation->flags = random_below(2) == 0 ? 0 : (unsigned)random_below(4);
    if (operation->call == FS_OPEN) {
        operation->flags = (unsigned)random_below(4) | O_NONBLOCK;
        for (uint64_t i = random_below(4); i > 0; i--)
            operation->flags |= flags[random_below(COUNT_OF(flags))];
    }
}

static void calls_have_the_results_that_linux_gives(void **state)
{
    static struct fs_operation operation;
    static struct fs_result expected, result;
    unsigned differences = 0, successes[FS_CALL_COUNT] = {0};

    (void)state;
    if (host_fs_begin() != 0)
        skip();
    fake_fs_begin();
    for (unsigned round = 0; round < ROUNDS && differences < 20; round++) {
        make_operation(&operation);
        context = fake_root;
        context.credentials = &fake_credentials[operation.is_user];
        host_fs_do(&operation, &expected);
        result.text[0] = '\0';
        result.error = -do_call(&operation, &result);
        successes[operation.call] += result.error == 0;
        if (result.error != expected.error || strcmp(result.text, expected.text) != 0) {
            differences++;
            print_error("round %u call %d \"%.60s\" \"%.60s\" flags 0%o mode 0%o size %u user %d:\n"
                        " Linux %d \"%s\"\n here  %d \"%s\"\n",
                        round, operation.call, operation.path, operation.path2, operation.flags,
                        operation.mode, operation.size, operation.is_user, expected.error, expected.text,
                        result.error, result.text);
        }
    }
    host_fs_end();
    assert_int_equal(differences, 0);
    for (unsigned call = 0; call < FS_CALL_COUNT; call++)
        assert_true(successes[call] > ROUNDS / 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_have_the_results_that_linux_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
