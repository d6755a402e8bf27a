#define _GNU_SOURCE
#include "lib/remove_tree.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

void remove_tree(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    char name[4096];

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        while (umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
        }
        if (unlink(name) != 0) {
            remove_tree(name);
            rmdir(name);
        }
    }
    if (folder != NULL)
        closedir(folder);
}
