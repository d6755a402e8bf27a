/* Arguments that are plausible more often than not. Strings and structures lie in the arena, pages at a fixed
 * address that other calls unmap and protect as they like. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PATHS_MAX 400 /* of devices and of what the kernel tells */
#define PATH_DEPTH 4
#define PATH_SIZE 128

static char system_paths[PATHS_MAX][PATH_SIZE];
static unsigned system_path_count;

static const char *const paths[] = {
    "a",
    "b",
    "c",
    "a/d",
    "a/e",
    "b/f",
    ".",
    "..",
    "",
    "/",
    "/tmp",
    FOLDER,
    "/dev/null",
    "/dev/zero",
    "/dev",
    "/proc/self/fd",
    "/proc/self/exe",
    "/proc/self/maps",
    "a/../b",
    "./a/./d",
    "link",
    "fifo",
    "/init",
    "no/such",
    "/fuzz.conf",
    "c/",
    "a/d/",
    "socket",
    "tmpfs",
    "proc",
    "devpts",
    "a-name-that-is-longer-than-any-name-may-be-"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

/* What the test prints on, and what ends the machine. */
static int is_off_limits(const char *name)
{
    static const char *const names[] = {"console", "ttyS0", "sysrq-trigger", "kmsg", "fail-nth"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return 1;
    }
    return 0;
}

/* Of /proc/PID only `self` and 1 are there in each run. */
static int is_number_of_process(const char *name)
{
    return name[0] >= '0' && name[0] <= '9';
}

static void collect(const char *folder_name, unsigned depth)
{
    DIR *folder = opendir(folder_name);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL && system_path_count < PATHS_MAX) {
        char *path = system_paths[system_path_count];
        if (entry->d_name[0] == '.' || is_off_limits(entry->d_name) || is_number_of_process(entry->d_name) ||
            snprintf(path, PATH_SIZE, "%s/%s", folder_name, entry->d_name) >= PATH_SIZE)
            continue;
        system_path_count++;
        if (entry->d_type == DT_DIR && depth < PATH_DEPTH)
            collect(path, depth + 1);
    }
    if (folder != NULL)
        closedir(folder);
}

void arguments_collect_paths(void)
{
    collect("/dev", 1);
    collect("/proc/self", 2);
    collect("/proc", 1);
    collect("/sys", 1);
}

static uint64_t some_size(void)
{
    static const uint64_t sizes[] = {0,
                                     1,
                                     2,
                                     3,
                                     4,
                                     7,
                                     8,
                                     16,
                                     24,
                                     63,
                                     64,
                                     100,
                                     128,
                                     256,
                                     4095,
                                     4096,
                                     4097,
                                     8192,
                                     12288,
                                     65536,
                                     65537,
                                     1 << 20,
                                     1 << 24,
                                     1ull << 31,
                                     1ull << 32,
                                     1ull << 47,
                                     INT64_MAX,
                                     UINT64_MAX,
                                     UINT64_MAX - 4095};
    return sizes[below(below(4) == 0 ? COUNT_OF(sizes) : 22)];
}

static uint64_t some_number(void)
{
    switch (below(8)) {
    case 0:
        return (uint64_t)-1;
    case 1:
        return below(2) ? below(1000) : 1024 + below(16);
    case 2:
        return 1ull << below(32);
    case 3:
        return random_number() >> below(64);
    default:
        return below(66);
    }
}

static uint64_t some_flags(void)
{
    switch (below(6)) {
    case 0:
        return 0;
    case 1:
        return 1ull << below(32);
    case 2:
        return 1ull << below(24) | 1ull << below(24);
    case 3:
        return random_number() & random_number() & 0xfffff;
    case 4:
        return (below(2) ? 02000000 : 0) | (below(2) ? 04000 : 0) | (below(2) ? 0100 : 0) | below(3);
    default:
        return below(40);
    }
}

static uint64_t some_address(void)
{
    int local;

    switch (below(24)) {
    case 0:
        return 0;
    case 1:
        return below(2) ? 0xffff800000000000 + below(1 << 30) : 0x800000000000 - below(64);
    case 2:
        return (uint64_t)ARENA + ARENA_PAGES * PAGE - below(64);
    case 3:
        return (uint64_t)READ_ONLY + below(PAGE);
    case 4:
        return random_number() >> below(48);
    case 5:
        return (uint64_t)ARENA + below(ARENA_PAGES) * PAGE;
    case 6:
        return below(16) == 0 ? (uint64_t)&local : 8;
    case 7:
        return (uint64_t)ARENA + below(ARENA_PAGES * PAGE);
    default:
        return (uint64_t)ARENA + below(ARENA_PAGES * PAGE / 8) * 8;
    }
}

uint64_t some_path(void)
{
    char *place = ARENA + below(ARENA_PAGES) * PAGE;

    if (below(16) == 0)
        return some_address();
    if (system_path_count > 0 && below(4) == 0)
        strcpy(place, system_paths[below(system_path_count)]);
    else
        strcpy(place, paths[below(COUNT_OF(paths))]);
    return (uint64_t)place;
}

/* Not PID 1, and not all. */
uint64_t some_process(void)
{
    switch (below(6)) {
    case 0:
        return 0;
    case 1:
        return (uint64_t)getpid();
    case 2:
        return (uint64_t)(getpid() + 1 + (int)below(3));
    case 3:
        return (uint64_t)-getpid();
    case 4:
        return 99999;
    default:
        return 2 + below(300);
    }
}

uint64_t some_argument(char kind)
{
    switch (kind) {
    case 'd':
        return below(2) ? below(24) : some_number();
    case 'u':
        return below(5) == 0 ? some_number() : some_size();
    case 'l':
        return below(4) == 0 ? -some_size() : some_size();
    case 'o':
        return below(8) == 0 ? random_number()
                             : (uint64_t[]){0, 0644, 0755, 0777, 010644, 020666, 0140755}[below(7)];
    case 'x':
        return some_flags();
    case 'p':
    case 'b':
        return some_address();
    case 's':
        return some_path();
    case 'a':
        return below(2) ? (uint64_t)-100 : below(24);
    default:
        return random_number(); /* the call does not look at it */
    }
}

/* Words that may pass for structures. */
void fill_arena(void)
{
    uint64_t *word = (uint64_t *)(ARENA + below(ARENA_PAGES * 8) * (PAGE / 8));

    for (int i = 0; i < 24; i++) {
        switch (below(6)) {
        case 0:
            word[i] = some_address();
            break;
        case 1:
            word[i] = 0;
            break;
        case 2:
            word[i] = below(24) | below(24) << 32;
            break;
        case 3:
            word[i] = some_flags();
            break;
        default:
            word[i] = below(300);
        }
    }
}
