/* What the programs of this folder have in common, for those that want it. Each prints what it sees, one line
 * a fact and nothing that differs from run to run. expect_*() also judge, so that a program can be run by
 * hand: a line with FAILED in it is a failure on the host, too. */
#ifndef LINTEL_TESTS_PROGRAMS_PROGRAM_H
#define LINTEL_TESTS_PROGRAMS_PROGRAM_H

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096

static int program_failures;

/* Nothing is buffered: output stays in order with what raw system calls write. */
static inline void program_begin(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
}

/* The exit status. */
static inline int program_end(void)
{
    printf("%d failures\n", program_failures);
    return program_failures == 0 ? 0 : 1;
}

static inline void expect_value(const char *what, long value, long wanted)
{
    int error = errno;

    if (value == wanted) {
        printf("%s: %ld\n", what, value);
        return;
    }
    program_failures++;
    printf("%s: FAILED: %ld (errno %d), not %ld\n", what, value, value == -1 ? error : 0, wanted);
}

static inline void expect_true(const char *what, int is_true)
{
    program_failures += !is_true;
    printf("%s: %s\n", what, is_true ? "yes" : "FAILED: no");
}

static inline void expect_text(const char *what, const char *text, const char *wanted)
{
    if (strcmp(text, wanted) == 0) {
        printf("%s: \"%s\"\n", what, text);
        return;
    }
    program_failures++;
    printf("%s: FAILED: \"%s\", not \"%s\"\n", what, text, wanted);
}

/* The call must have returned -1 with this errno. */
static inline void expect_error(const char *what, long value, int wanted)
{
    int error = errno;

    if (value == -1 && error == wanted) {
        printf("%s: errno %d\n", what, error);
        return;
    }
    program_failures++;
    printf("%s: FAILED: %ld (errno %d), not errno %d\n", what, value, value == -1 ? error : 0, wanted);
}

/* A folder of this run's own below /tmp, made; the caller removes it. The string is static. */
static inline const char *make_folder(void)
{
    static char path[64];

    snprintf(path, sizeof(path), "/tmp/lintel-program-%d", (int)getpid());
    expect_value("mkdir of an own folder", mkdir(path, 0755), 0);
    return path;
}

/* folder/name, for good: programs end soon. */
static inline const char *path_in(const char *folder, const char *name)
{
    size_t size = strlen(folder) + 1 + strlen(name) + 1;
    char *path = malloc(size);

    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

#endif
