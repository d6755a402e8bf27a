/* What execve() takes it gives back, whether it succeeds or not: after many rounds as much memory is free as
 * before. (Not judged on Linux, where others run too.) */
#include <pthread.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "again.h"

#define ROUNDS 20
#define TOLERANCE (64 * PAGE)
#define GIVEN_BACK_MS 10000 /* so long it may take until threads that have ended are gone */

static char *const arguments[] = {"x", "end", NULL}, *const environment[] = {"A=1", NULL};
static char big[140000];

static void execute_by_script(void *unused)
{
    (void)unused;
    execve("./script", arguments, environment);
}

static void *execute(void *unused)
{
    execve(own_path(), arguments, environment);
    return unused;
}

static void execute_by_thread(void *unused)
{
    pthread_t thread;

    (void)unused;
    pthread_create(&thread, NULL, execute, NULL);
    pause();
}

static void execute_with_descriptors(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100; i++)
        open("script", O_RDONLY | (i % 2 != 0 ? O_CLOEXEC : 0));
    execve(own_path(), arguments, environment);
}

static void fail(void)
{
    char *const bad[] = {"x", (char *)16, NULL}, *const many[] = {"x", big, big, NULL};

    execve("/nothing", arguments, environment);
    execve("text", arguments, environment);
    execve("missing", arguments, environment);
    execve("looped", arguments, environment);
    syscall(SYS_execve, own_path(), bad, environment);
    syscall(SYS_execve, own_path(), arguments, bad);
    execve(own_path(), many, environment);
}

static int run_round(void)
{
    void (*const ways[])(void *) = {execute_by_script, execute_by_thread, execute_with_descriptors};
    int good = 0;

    fail();
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        int status = in_child(ways[i], NULL);
        good += status == 3 << 8;
        if (status != 3 << 8)
            printf("FAILED: way %zu: status 0x%x\n", i, (unsigned)status);
    }
    return good;
}

static long free_memory(void)
{
    struct sysinfo info;

    sysinfo(&info);
    return (long)(info.freeram * info.mem_unit);
}

int main(int argc, char **argv)
{
    struct utsname names;
    int good = 0;

    (void)argv;
    program_begin();
    if (argc > 1)
        return 3;
    memset(big, 'b', sizeof(big) - 1);
    symlink(own_path(), "program");
    write_text("script", "#!./program\n", 0755);
    write_text("text", "text", 0755);
    write_text("missing", "#!/nothing/there\n", 0755);
    write_text("looped", "#!./looped\n", 0755);
    for (int i = 0; i < 3; i++)
        run_round();
    long before = free_memory();
    for (int i = 0; i < ROUNDS; i++)
        good += run_round();
    uname(&names);
    int is_lintel = strstr(names.release, "lintel") != NULL;
    long lost = before - free_memory();
    for (int i = 0; is_lintel && i < GIVEN_BACK_MS && lost >= TOLERANCE; i++) {
        usleep(1000);
        lost = before - free_memory();
    }
    expect_value("programs that ran", good, 3 * ROUNDS);
    expect_true("nothing is lost", !is_lintel || lost < TOLERANCE);
    if (is_lintel && lost >= TOLERANCE)
        printf("%ld bytes are lost\n", lost);
    return program_end();
}
