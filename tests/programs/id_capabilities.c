/* capget() and capset(), as far as they follow from user IDs: versions, errors, who has any. What the
 * superuser has differs from one host to another. */
#include <sys/prctl.h>
#include <sys/wait.h>

#include "show.h"

#define V1 0x19980330
#define V2 0x20071026
#define V3 0x20080522

struct header {
    uint32_t version;
    int pid;
};

struct data {
    uint32_t effective, permitted, inheritable;
};

static void get(const char *what, uint32_t version, int pid)
{
    struct header header = {version, pid};
    struct data data[2];

    memset(data, 0x5a, sizeof(data));
    errno = 0;
    long result = syscall(SYS_capget, &header, data);
    printf("%s: %ld, errno %d, version %x; effective %s, permitted %s, inheritable %x; second word %s\n",
           what, result, result < 0 ? errno : 0, header.version, data[0].effective != 0 ? "some" : "none",
           data[0].permitted != 0 ? "some" : "none", data[0].inheritable,
           data[1].effective == 0x5a5a5a5a ? "not written" : "written");
}

static void errors(void)
{
    struct header header = {V3, 0};
    struct data data[2] = {0};

    SHOW_RAW(capget, NULL, data);
    SHOW_RAW(capget, BAD, data);
    SHOW_RAW(capget, &header, BAD);
    SHOW_RAW(capget, &header, NULL);
    header.version = 1;
    SHOW_RAW(capget, &header, NULL);
    printf("version %x\n", header.version);
    header.version = 1;
    SHOW_RAW(capget, &header, data);
    header.version = 1;
    SHOW_RAW(capset, &header, data);
    printf("version %x\n", header.version);
    SHOW_RAW(capset, &header, BAD);
    header.pid = 1;
    SHOW_RAW(capset, &header, data);
}

/* What one has can be set again. */
static void set_same(void)
{
    struct header header = {V3, 0};
    struct data data[2];

    SHOW_RAW(capget, &header, data);
    SHOW_RAW(capset, &header, data);
    header.pid = getpid();
    SHOW_RAW(capset, &header, data);
}

#define AMBIENT 47
#define IS_SET 1
#define RAISE 2
#define LOWER 3
#define CLEAR_ALL 4

static void ambient(void)
{
    SHOW_RAW(prctl, AMBIENT, IS_SET, 1L, 0L, 0L);
    SHOW_RAW(prctl, AMBIENT, IS_SET, 63L, 0L, 0L);
    SHOW_RAW(prctl, AMBIENT, IS_SET, 1L, 1L, 0L);
    SHOW_RAW(prctl, AMBIENT, RAISE, 1L, 0L, 0L);
    SHOW_RAW(prctl, AMBIENT, LOWER, 1L, 0L, 0L);
    SHOW_RAW(prctl, AMBIENT, CLEAR_ALL, 0L, 0L, 0L);
    SHOW_RAW(prctl, AMBIENT, CLEAR_ALL, 1L, 0L, 0L);
    SHOW_RAW(prctl, AMBIENT, 0, 1L, 0L, 0L);
    SHOW_RAW(prctl, AMBIENT, 5, 1L, 0L, 0L);
    SHOW_RAW(prctl, PR_GET_SECUREBITS, 0L, 0L, 0L, 0L);
}

static void as_user(void)
{
    struct header header = {V3, 0};
    struct data data[2] = {{1, 1, 0}};

    if (fork() != 0) {
        wait(NULL);
        return;
    }
    SHOW(seteuid(1000));
    get("with the superuser as the real user", V3, 0);
    SHOW(seteuid(0));
    get("the superuser again", V3, 0);
    SHOW(setuid(1000));
    get("a user", V3, 0);
    SHOW_RAW(prctl, PR_CAPBSET_DROP, 1L, 0L, 0L, 0L);
    SHOW_RAW(prctl, PR_CAPBSET_DROP, 99L, 0L, 0L, 0L);
    get("PID 1, for a user", V3, 1);
    SHOW_RAW(capset, &header, data);
    memset(data, 0, sizeof(data));
    SHOW_RAW(capset, &header, data);
    exit(0);
}

int main(void)
{
    begin();
    get("version 1", V1, 0);
    get("version 2", V2, 0);
    get("version 3", V3, 0);
    get("its own ID", V3, getpid());
    get("nobody", V3, 999999);
    get("negative", V3, -1);
    get("no version", 0, 0);
    errors();
    set_same();
    ambient();
    as_user();
    return 0;
}
