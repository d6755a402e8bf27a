/* The set-user-ID and set-group-ID bits of a program's file. */
#define _GNU_SOURCE
#include <sys/prctl.h>

#include "again.h"

#define USER 12345
#define GROUP 23456

static void show(void)
{
    uid_t real, effective, saved;
    gid_t real_group, effective_group, saved_group;

    getresuid(&real, &effective, &saved);
    getresgid(&real_group, &effective_group, &saved_group);
    printf("users %d %d %d, groups %d %d %d\n", real, effective, saved, real_group, effective_group,
           saved_group);
    printf("secure %lu, users %lu %lu, groups %lu %lu\n", getauxval(AT_SECURE), getauxval(AT_UID),
           getauxval(AT_EUID), getauxval(AT_GID), getauxval(AT_EGID));
    expect_value("the name", own_path() != NULL, 1);
}

static int is_privileged_for_ever;

static void run_as_user(void *path)
{
    setgid(500);
    setuid(400);
    if (is_privileged_for_ever)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    execve(path, (char *[]){"x", "show", NULL}, (char *[]){NULL});
    printf("execve: errno %d\n", errno);
}

static void run_with_mode(uid_t owner, gid_t group, mode_t mode)
{
    printf("-- %d:%d %o\n", owner, group, mode);
    expect_value("chown", chown("/tmp/copy", owner, group), 0);
    expect_value("chmod", chmod("/tmp/copy", mode), 0);
    printf("status 0x%x\n", (unsigned)in_child(run_as_user, "/tmp/copy"));
}

int main(int argc, char **argv)
{
    static const mode_t modes[] = {0755, 04755, 02755, 06755, 02745, 04711, 04700, 0750, 0705};

    (void)argv;
    program_begin();
    if (argc > 1) {
        show();
        return 0;
    }
    copy_own_file("/tmp/copy", 0755);
    for (size_t i = 0; i < COUNT_OF(modes); i++)
        run_with_mode(USER, GROUP, modes[i]);
    run_with_mode(0, 0, 06755);
    run_with_mode(400, 500, 06755);
    is_privileged_for_ever = 1;
    run_with_mode(USER, GROUP, 06755);
    is_privileged_for_ever = 0;
    chmod("/tmp/copy", 06755);
    chown("/tmp/copy", USER, GROUP);
    write_text("/tmp/script", "#!/tmp/copy\n", 0755);
    printf("-- a script of such a program\n");
    printf("status 0x%x\n", (unsigned)in_child(run_as_user, "/tmp/script"));
    unlink("/tmp/copy");
    return program_end();
}
