/* Folders: what is in them, and system calls that list them. */
#include <dirent.h>
#include <fcntl.h>

#include "program.h"

#define FILES 100

/* Counts entries, and checks that each is of the kind that its name says. */
static int count_entries(const char *folder, int *ret_wrong)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    int count = 0;

    while ((entry = readdir(directory)) != NULL) {
        int is_folder = entry->d_name[0] == '.' || entry->d_name[0] == 'd';
        *ret_wrong += entry->d_type != (is_folder ? DT_DIR : DT_REG);
        count++;
    }
    closedir(directory);
    return count;
}

int main(void)
{
    char buffer[1024], name[20];
    int wrong = 0;

    program_begin();
    const char *folder = make_folder();
    expect_value("an empty folder has . and ..", count_entries(folder, &wrong), 2);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "file-%d", i);
        close(open(path_in(folder, name), O_WRONLY | O_CREAT, 0600));
    }
    expect_value("mkdir", mkdir(path_in(folder, "d"), 0700), 0);
    expect_value("entries", count_entries(folder, &wrong), FILES + 3);
    expect_value("of the wrong kind", wrong, 0);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY);
    expect_error("too small a buffer", syscall(SYS_getdents64, descriptor, buffer, 8), EINVAL);
    long total = 0, size;
    while ((size = syscall(SYS_getdents64, descriptor, buffer, sizeof(buffer))) > 0) {
        for (long at = 0; at < size; at += ((struct dirent *)(buffer + at))->d_reclen)
            total++;
    }
    expect_value("piece by piece", total, FILES + 3);
    expect_value("the end", size, 0);
    close(descriptor);
    expect_error("rmdir of a full one", rmdir(folder), ENOTEMPTY);
    expect_error("unlink of a folder", unlink(path_in(folder, "d")), EISDIR);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "file-%d", i);
        unlink(path_in(folder, name));
    }
    expect_value("rmdir of one inside", rmdir(path_in(folder, "d")), 0);
    expect_value("rmdir", rmdir(folder), 0);
    return program_end();
}
