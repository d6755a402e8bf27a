/* For programs that only tell what calls answer: the host's Linux says what is right. */
#ifndef LINTEL_TESTS_PROGRAMS_SHOW_H
#define LINTEL_TESTS_PROGRAMS_SHOW_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAD ((void *)0x1000)                   /* nothing is mapped there */
#define KERNEL ((void *)0xffff800000000000ull) /* no program may touch it */

static inline void show_value(const char *what, long value)
{
    if (value == -1)
        printf("%s = -1, errno %d\n", what, errno);
    else
        printf("%s = %ld\n", what, value);
}

/* Print a call and what it answers. */
#define SHOW(call) (errno = 0, show_value(#call, (long)(call)))

/* The raw call: what the C library would do before or behind it is left out. */
#define SHOW_RAW(name, ...) \
    (errno = 0, show_value(#name "(" #__VA_ARGS__ ")", syscall(SYS_##name, __VA_ARGS__)))

static inline void begin(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    umask(022);
}

/* Make a file with these contents. */
static inline void make_file(const char *path, const char *contents)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    if (fd < 0 || write(fd, contents, strlen(contents)) != (ssize_t)strlen(contents))
        printf("%s cannot be made: errno %d\n", path, errno);
    close(fd);
}

/* Print what a file has in it. */
static inline void show_file(const char *path)
{
    char bytes[256];
    int fd = open(path, O_RDONLY);
    ssize_t count = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

    printf("%s: ", path);
    if (count < 0)
        printf("errno %d", errno);
    for (ssize_t i = 0; i < count; i++)
        printf(bytes[i] >= ' ' && bytes[i] <= '~' ? "%c" : "\\%03o", (unsigned char)bytes[i]);
    printf("\n");
    close(fd);
}

#endif
