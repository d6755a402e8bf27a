/* /proc/self/maps, smaps and mem. */
#include <sys/mman.h>

#include "show.h"

#define PAGE 4096

static char text[1 << 18];

static void slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t sum = 0, count;

    while ((count = read(fd, text + sum, 333)) > 0)
        sum += count;
    text[sum] = '\0';
    close(fd);
}

/* The line of maps that begins at an address: all but address, device and inode. */
static void show_line(const char *what, const void *address)
{
    char start[32], permissions[8] = "", name[256] = "";
    unsigned long low, high, offset, ino;
    unsigned major, minor;

    slurp("/proc/self/maps");
    snprintf(start, sizeof(start), "%08lx-", (unsigned long)address);
    char *line = strncmp(text, start, strlen(start)) == 0 ? text : strstr(text, start);
    if (line == NULL) {
        printf("%s: is not there\n", what);
        return;
    }
    line[strcspn(line, "\n")] = '\0';
    sscanf(line, "%lx-%lx %7s %lx %x:%x %lu %255[^\n]", &low, &high, permissions, &offset, &major, &minor,
           &ino, name);
    printf("%s: %lu pages %s offset %lx %s, inode %d\n", what, (high - low) / PAGE, permissions, offset, name,
           ino != 0 || strncmp(name, "/dev/zero", 9) == 0);
}

static int has_line(const char *name)
{
    slurp("/proc/self/maps");
    return strstr(text, name) != NULL;
}

static void files(void)
{
    struct stat status;

    make_file("/tmp/proc maps", "");
    truncate("/tmp/proc maps", 10 * PAGE);
    int fd = open("/tmp/proc maps", O_RDWR);
    char *a = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE, fd, 2 * PAGE);
    char *b = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *c = mmap(NULL, PAGE, PROT_NONE, MAP_SHARED, fd, PAGE);
    show_line("private", a);
    show_line("shared", b);
    show_line("none", c);
    fstat(fd, &status);
    char wanted[64];
    snprintf(wanted, sizeof(wanted), " %lu ", (unsigned long)status.st_ino);
    printf("inode %d\n", has_line(wanted));
    rename("/tmp/proc maps", "/tmp/proc other");
    show_line("renamed", a);
    unlink("/tmp/proc other");
    show_line("removed", a);
    munmap(a, 3 * PAGE);
    munmap(b, 2 * PAGE);
    munmap(c, PAGE);
    show_line("unmapped", a);
    close(fd);
}

static void anonymous(void)
{
    char *a = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    show_line("shared zeros", a);
    munmap(a, 8 * PAGE);
    printf("names: %d %d %d %d\n", has_line("[stack]\n"), has_line("[heap]\n"), has_line("[vdso]\n"),
           has_line("/proc_maps\n"));
}

static long value_of(const char *key)
{
    char *line = strstr(text, key);

    return line == NULL ? -1 : atol(line + strlen(key));
}

/* A part of the text that begins with a line of an address. */
static void sizes(void)
{
    char *a = mmap(NULL, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start[32];

    a += 16 * PAGE;
    mprotect(a, 16 * PAGE, PROT_READ | PROT_WRITE);
    memset(a, 1, 5 * PAGE);
    slurp("/proc/self/smaps");
    snprintf(start, sizeof(start), "%08lx-", (unsigned long)a);
    char *part = strstr(text, start);
    memmove(text, part, strlen(part) + 1);
    printf("Size %ld Rss %ld Private_Dirty %ld Anonymous %ld Swap %ld\n", value_of("\nSize:"),
           value_of("\nRss:"), value_of("\nPrivate_Dirty:"), value_of("\nAnonymous:"), value_of("\nSwap:"));
    slurp("/proc/self/smaps_rollup");
    printf("rollup: %d %d\n", strstr(text, "[rollup]\n") != NULL, value_of("\nRss:") >= 20);
}

static void memory(void)
{
    static char here[] = "in memory";
    char bytes[16] = "";
    char *none = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = open("/proc/self/mem", O_RDWR);

    SHOW(pread(fd, bytes, sizeof(here), (off_t)(uintptr_t)here));
    printf("%s\n", bytes);
    SHOW(pwrite(fd, "IN", 2, (off_t)(uintptr_t)here));
    printf("%s\n", here);
    munmap(none + PAGE, PAGE);
    SHOW(pread(fd, bytes, 16, (off_t)(uintptr_t)(none + PAGE)));
    SHOW(pread(fd, bytes, 16, (off_t)(uintptr_t)(none + PAGE - 4)));
    SHOW(pread(fd, bytes, 16, 0));
    SHOW(pread(fd, BAD, 16, (off_t)(uintptr_t)here));
    SHOW(lseek(fd, (off_t)(uintptr_t)here, SEEK_SET) == (off_t)(uintptr_t)here);
    SHOW(read(fd, bytes, 2));
    printf("%.2s\n", bytes);
    close(fd);
}

int main(void)
{
    begin();
    free(malloc(1 << 10));
    sbrk(PAGE);
    files();
    anonymous();
    sizes();
    memory();
    return 0;
}
