/* Seals of memfd_create()'s files: what they forbid, and when they can be set. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "show.h"

#define PAGE 4096

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 16u
#endif
#ifndef FALLOC_FL_KEEP_SIZE
#define FALLOC_FL_KEEP_SIZE 1
#define FALLOC_FL_PUNCH_HOLE 2
#endif

static int fd;

/* A file of two pages. */
static void make(const char *what, unsigned flags)
{
    printf("-- %s\n", what);
    fd = memfd_create("sealed", flags);
    (void)!ftruncate(fd, 2 * PAGE);
}

static void use(void)
{
    static char bytes[3 * PAGE];
    struct stat status;

    SHOW(write(fd, "", 0));
    SHOW(pwrite(fd, "ab", 2, 0));
    SHOW(pwrite(fd, bytes, sizeof(bytes), 0)); /* beyond the end */
    SHOW(fstat(fd, &status));
    printf("size %ld\n", (long)status.st_size);
    SHOW(pwrite(fd, bytes, PAGE, PAGE + 1));
    SHOW(pwrite(fd, "ab", 2, 100000));
    SHOW(pwrite(fd, BAD, 2, 0));
    SHOW(ftruncate(fd, 2 * PAGE));
    SHOW(ftruncate(fd, 3 * PAGE));
    SHOW(ftruncate(fd, PAGE));
    SHOW(fallocate(fd, 0, 0, PAGE));
    SHOW(fallocate(fd, 0, 0, 4 * PAGE));
    SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 8 * PAGE));
    SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, PAGE));
    SHOW(fstat(fd, &status));
    printf("size %ld\n", (long)status.st_size);
    int end[2];
    SHOW(pipe(end));
    SHOW(write(end[1], "spliced", 7));
    SHOW(splice(end[0], NULL, fd, &(off_t){0}, 7, 0));
    close(end[0]);
    close(end[1]);
}

static void show_map(const char *what, int protection, int flags)
{
    char *map = mmap(NULL, PAGE, protection, flags, fd, 0);

    if (map == MAP_FAILED) {
        printf("%s: errno %d\n", what, errno);
        return;
    }
    printf("%s: mapped, mprotect to write: ", what);
    printf("%d\n", mprotect(map, PAGE, PROT_READ | PROT_WRITE) == 0 ? 0 : errno);
    munmap(map, PAGE);
}

static void map(void)
{
    show_map("shared, to write", PROT_READ | PROT_WRITE, MAP_SHARED);
    show_map("shared, to read", PROT_READ, MAP_SHARED);
    show_map("private, to write", PROT_READ | PROT_WRITE, MAP_PRIVATE);
    show_map("private, to read", PROT_READ, MAP_PRIVATE);
}

static void one_by_one(void)
{
    static const struct {
        const char *name;
        int seals;
    } each[] = {{"no seals", 0},
                {"F_SEAL_SEAL", F_SEAL_SEAL},
                {"F_SEAL_SHRINK", F_SEAL_SHRINK},
                {"F_SEAL_GROW", F_SEAL_GROW},
                {"F_SEAL_WRITE", F_SEAL_WRITE},
                {"F_SEAL_FUTURE_WRITE", F_SEAL_FUTURE_WRITE},
                {"F_SEAL_EXEC", F_SEAL_EXEC},
                {"SHRINK and GROW", F_SEAL_SHRINK | F_SEAL_GROW},
                {"an unknown one", 0x1000},
                {"GROW and an unknown one", F_SEAL_GROW | 0x40}};

    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
        make(each[i].name, MFD_ALLOW_SEALING | MFD_EXEC);
        SHOW(fcntl(fd, F_ADD_SEALS, each[i].seals));
        SHOW(fcntl(fd, F_GET_SEALS));
        use();
        map();
        SHOW(fchmod(fd, 0666));
        SHOW(fchmod(fd, 0700));
        SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
        SHOW(fcntl(fd, F_GET_SEALS));
        close(fd);
    }
}

/* F_SEAL_WRITE waits for nobody: with a mapping by which one could write it is refused. */
static void with_mappings(void)
{
    make("a shared mapping", MFD_ALLOW_SEALING);
    char *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW));
    SHOW(fcntl(fd, F_GET_SEALS));
    SHOW(munmap(shared, PAGE));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    SHOW(mprotect(shared + PAGE, PAGE, PROT_READ));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    SHOW(munmap(shared + PAGE, PAGE));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)); /* the child has it, too */
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    SHOW(fcntl(fd, F_GET_SEALS));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)); /* again */
    map();
    close(fd);

    make("a private mapping", MFD_ALLOW_SEALING);
    char *private = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    private[0] = 'p';
    munmap(private, PAGE);
    close(fd);

    make("a mapping that is moved", MFD_ALLOW_SEALING);
    shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    shared = mremap(shared, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    SHOW(munmap(shared, 2 * PAGE));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    close(fd);

    make("F_SEAL_FUTURE_WRITE leaves a mapping alone", MFD_ALLOW_SEALING);
    shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    shared[5] = 'f';
    printf("written: %c\n", shared[5]);
    SHOW(mprotect(shared, PAGE, PROT_READ));
    SHOW(mprotect(shared, PAGE, PROT_READ | PROT_WRITE));
    map();
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    munmap(shared, PAGE);
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    SHOW(fcntl(fd, F_GET_SEALS));
    close(fd);
}

static void others(void)
{
    int ends[2];
    struct stat status;

    make("not to be sealed", 0);
    SHOW(fcntl(fd, F_GET_SEALS));
    SHOW(fcntl(fd, F_ADD_SEALS, 0));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
    close(fd);
    make("MFD_NOEXEC_SEAL", MFD_NOEXEC_SEAL);
    SHOW(fcntl(fd, F_GET_SEALS));
    SHOW(fstat(fd, &status));
    printf("mode %o\n", (unsigned)status.st_mode);
    SHOW(fchmod(fd, 0777));
    SHOW(fchmod(fd, 0600));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL));
    SHOW(fcntl(fd, F_GET_SEALS));
    close(fd);
    SHOW(memfd_create("x", MFD_NOEXEC_SEAL | MFD_EXEC));
    printf("-- others\n");
    SHOW(pipe(ends));
    SHOW(fcntl(ends[1], F_GET_SEALS));
    SHOW(fcntl(ends[1], F_ADD_SEALS, F_SEAL_GROW));
    SHOW(fcntl(ends[0], F_ADD_SEALS, F_SEAL_GROW));
    SHOW(fcntl(-1, F_GET_SEALS));
    int null = open("/dev/null", O_RDWR);
    SHOW(fcntl(null, F_GET_SEALS));
    SHOW(fcntl(null, F_ADD_SEALS, F_SEAL_GROW));
}

int main(void)
{
    begin();
    one_by_one();
    with_mappings();
    others();
    return 0;
}
