/* Who may execute a file: its execute bits count, not those for reading; the superuser needs one of them. */
#include "again.h"

struct attempt {
    uid_t user;
    gid_t group;
    const char *path;
};

static void execute(void *argument)
{
    struct attempt *attempt = argument;

    setgid(attempt->group);
    setuid(attempt->user);
    execve(attempt->path, (char *[]){"x", "y", NULL}, (char *[]){NULL});
    _exit(errno);
}

static void attempt(uid_t user, gid_t group, mode_t mode)
{
    struct attempt attempt = {user, group, "/tmp/copy"};

    chmod("/tmp/copy", mode);
    printf("%d:%d %03o: 0x%x\n", user, group, mode, (unsigned)in_child(execute, &attempt));
}

int main(int argc, char **argv)
{
    static const mode_t modes[] = {0755, 0711, 0111, 0644, 0600, 0100, 0010, 0001, 0, 0744, 0654, 0645};
    static const struct {
        uid_t user;
        gid_t group;
    } who[] = {{0, 0}, {400, 500}, {401, 500}, {401, 501}};

    (void)argv;
    program_begin();
    if (argc > 1)
        return 0;
    copy_own_file("/tmp/copy", 0755);
    chown("/tmp/copy", 400, 500);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        for (size_t j = 0; j < COUNT_OF(who); j++)
            attempt(who[j].user, who[j].group, modes[i]);
    }
    struct attempt hidden = {400, 500, "/tmp/hidden/copy"};
    mkdir("/tmp/hidden", 0700);
    rename("/tmp/copy", "/tmp/hidden/copy");
    chmod("/tmp/hidden/copy", 0777);
    printf("in a folder that is closed: 0x%x\n", (unsigned)in_child(execute, &hidden));
    chmod("/tmp/hidden", 0711);
    printf("that can be searched: 0x%x\n", (unsigned)in_child(execute, &hidden));
    unlink("/tmp/hidden/copy");
    rmdir("/tmp/hidden");
    return program_end();
}
