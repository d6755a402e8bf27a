/* rename(), renameat2() and link() of all kinds of names to all kinds of names. */
#include "show.h"

#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2

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

static void show_two(const char *what, const char *a, const char *b, long result)
{
    printf("%s %s %s: %d\n", what, a, b, result == 0 ? 0 : errno);
}

int main(void)
{
    static const char *const names[] = {"f",    "g",   "d",  "e",    "l",     "ld",    "loop",
                                        "none", "f/",  "d/", "new/", "ld/",   "f/x",   ".",
                                        "..",   "d/.", "",   "e/in", "e/sub", "none/x"};
    size_t count = sizeof(names) / sizeof(names[0]);

    begin();
    int here = open(".", O_RDONLY);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            make_all();
            show_two("rename", names[i], names[j], rename(names[i], names[j]));
            remove_all();
            make_all();
            show_two("link", names[i], names[j], link(names[i], names[j]));
            remove_all();
            make_all();
            show_two("noreplace", names[i], names[j],
                     syscall(SYS_renameat2, here, names[i], here, names[j], RENAME_NOREPLACE));
            remove_all();
            make_all();
            show_two("exchange", names[i], names[j],
                     syscall(SYS_renameat2, here, names[i], here, names[j], RENAME_EXCHANGE));
            remove_all();
        }
    }
    return 0;
}
