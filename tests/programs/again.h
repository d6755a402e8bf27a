/* For programs that execute themselves in another part: the first argument says which. */
#ifndef LINTEL_TESTS_PROGRAMS_AGAIN_H
#define LINTEL_TESTS_PROGRAMS_AGAIN_H

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/wait.h>

#include "program.h"

/* The file that runs. */
static inline const char *own_path(void)
{
    return (const char *)getauxval(AT_EXECFN);
}

/* Run a function in a child and return its wait status. */
static inline int in_child(void (*function)(void *argument), void *argument)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        function(argument);
        _exit(99);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        printf("FAILED: fork or waitpid: errno %d\n", errno);
    return status;
}

struct image {
    const char *path;
    char *const *arguments;
    char *const *environment;
};

static inline void execute_image(void *argument)
{
    const struct image *image = argument;

    execve(image->path, image->arguments, image->environment);
    printf("execve: errno %d\n", errno);
    _exit(98);
}

/* Execute a program in a child. */
static inline int run_image(const char *path, char *const *arguments, char *const *environment)
{
    struct image image = {path, arguments, environment};

    return in_child(execute_image, &image);
}

static inline void write_file(const char *path, const void *bytes, size_t size, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || fchmod(fd, mode) != 0 || close(fd) != 0)
        printf("FAILED: writing %s: errno %d\n", path, errno);
}

static inline void write_text(const char *path, const char *text, mode_t mode)
{
    write_file(path, text, strlen(text), mode);
}

/* A copy of the file that runs. */
static inline void copy_own_file(const char *path, mode_t mode)
{
    static char bytes[65536];
    int from = open(own_path(), O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    ssize_t size;

    while ((size = read(from, bytes, sizeof(bytes))) > 0) {
        if (write(to, bytes, (size_t)size) != size)
            printf("FAILED: writing %s: errno %d\n", path, errno);
    }
    if (from < 0 || to < 0 || size < 0 || fchmod(to, mode) != 0)
        printf("FAILED: copying to %s: errno %d\n", path, errno);
    close(from);
    close(to);
}

#endif
