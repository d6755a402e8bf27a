/* Making and removing names: which error comes where several are due. */
#include "show.h"

static void make_all(void)
{
    make_file("f", "f");
    make_file("g", "g");
    mkdir("d", 0755);
    mkdir("e", 0755);
    mkdir("e/sub", 0755);
    make_file("e/in", "in");
    symlink("f", "l");
    symlink("d", "ld");
    symlink("loop", "loop");
}

/* Whatever they are by now. */
static void remove_all(void)
{
    static const char *const tops[] = {"f", "g", "d", "e", "l", "ld", "loop", "none", "new"};
    static const char *const below[] = {"in", "sub", "new"};
    char path[64];

    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
        for (size_t j = 0; j < sizeof(below) / sizeof(below[0]); j++) {
            snprintf(path, sizeof(path), "%s/%s", tops[i], below[j]);
            if (unlink(path) != 0)
                rmdir(path);
        }
        if (unlink(tops[i]) != 0)
            rmdir(tops[i]);
    }
}

int main(void)
{
    static const char *const names[] = {"f",  "d",  "e",  "l",   "ld",   "loop", "none",  "new",   "f/",
                                        "d/", "e/", "l/", "ld/", "new/", "f/x",  "e/sub", "e/in",  "none/x",
                                        ".",  "..", "/",  "d/.", "e/..", "",     "d/new", "loop/x"};
    size_t count = sizeof(names) / sizeof(names[0]);
    static char path[5000];
    int here;

    begin();
    here = open(".", O_RDONLY);
    for (size_t i = 0; i < count; i++) {
        const char *name = names[i];
        make_all();
        SHOW((printf("%s ", name), mkdir(name, 0755)));
        remove_all();
        make_all();
        SHOW((printf("%s ", name), rmdir(name)));
        remove_all();
        make_all();
        SHOW((printf("%s ", name), unlink(name)));
        remove_all();
        make_all();
        SHOW((printf("%s ", name), symlink("x", name)));
        remove_all();
        make_all();
        SHOW((printf("%s ", name), mknod(name, S_IFREG | 0600, 0)));
        remove_all();
        make_all();
        SHOW((printf("%s ", name), readlink(name, path, sizeof(path))));
        SHOW((printf("%s ", name), chdir(name)));
        fchdir(here);
        remove_all();
    }
    make_all();
    SHOW_RAW(renameat2, here, "f", here, "new", 3);
    SHOW_RAW(renameat2, here, "f", here, "new", 8);
    SHOW_RAW(unlinkat, here, "d", AT_REMOVEDIR);
    SHOW_RAW(unlinkat, here, "f", AT_REMOVEDIR);
    SHOW_RAW(unlinkat, here, "e", 0);
    SHOW_RAW(unlinkat, here, "f", 1);
    SHOW_RAW(unlinkat, 99, "f", 0);
    SHOW_RAW(linkat, here, "l", here, "new", 0);
    SHOW_RAW(unlinkat, here, "new", 0);
    SHOW_RAW(linkat, here, "l", here, "new", AT_SYMLINK_FOLLOW);
    SHOW_RAW(unlinkat, here, "new", 0);
    SHOW_RAW(linkat, here, "f", here, "new", 1);
    SHOW_RAW(symlinkat, "", here, "new");
    SHOW_RAW(symlinkat, "x", 99, "new");
    SHOW_RAW(mkdirat, 99, "new", 0);
    SHOW_RAW(mknodat, 99, "new", 0, 0);
    SHOW_RAW(readlinkat, here, "l", path, 0);
    SHOW_RAW(readlinkat, here, "l", path, -1);
    SHOW_RAW(readlinkat, here, "l", BAD, 1);
    SHOW_RAW(readlinkat, here, "f", BAD, 1);
    memset(path, 'n', sizeof(path) - 1);
    SHOW_RAW(mkdir, path, 0);
    path[4095] = '\0';
    SHOW_RAW(mkdir, path, 0);
    path[256] = '\0';
    SHOW_RAW(mkdir, path, 0);
    SHOW_RAW(rename, "f", path);
    SHOW_RAW(rename, path, "f");
    SHOW_RAW(symlink, path, "new");
    SHOW_RAW(unlink, "new");
    path[255] = '\0';
    SHOW_RAW(mkdir, path, 0755);
    SHOW_RAW(rmdir, path);
    for (int i = 0; i < 4094; i++)
        path[i] = i % 2 == 0 ? '.' : '/';
    path[4095] = '\0';
    path[4094] = 'f';
    SHOW_RAW(access, path, 0);
    remove_all();
    SHOW_RAW(mkdir, BAD, 0);
    SHOW_RAW(rmdir, BAD);
    SHOW_RAW(unlink, BAD);
    SHOW_RAW(rename, BAD, "x");
    SHOW_RAW(rename, "x", BAD);
    SHOW_RAW(rename, "", BAD);
    SHOW_RAW(link, "f", BAD);
    SHOW_RAW(link, BAD, "f");
    SHOW_RAW(symlink, BAD, "f");
    SHOW_RAW(symlink, "f", BAD);
    SHOW_RAW(symlink, "", BAD);
    SHOW_RAW(readlink, BAD, path, 10);
    SHOW_RAW(readlink, BAD, path, 0);
    SHOW_RAW(mknod, BAD, 0, 0);
    SHOW_RAW(mknod, BAD, 0170000, 0);
    SHOW_RAW(chdir, BAD);
    SHOW_RAW(chroot, BAD);
    SHOW_RAW(statfs, BAD, path);
    SHOW_RAW(umount2, BAD, 0);
    SHOW_RAW(umount2, "f", 0x100);
    return 0;
}
