/* The host's gzip. */
#ifndef LINTEL_TESTS_HOST_GZIP_H
#define LINTEL_TESTS_HOST_GZIP_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Compress at `level` into `output`. Returns the size; 0 if there is no gzip. */
static inline size_t host_gzip(const void *bytes, size_t size, int level, uint8_t *output, size_t room)
{
    char name[] = "/tmp/lintel-gzip.XXXXXX", command[100];
    int fd = mkstemp(name);
    size_t got = 0;

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    close(fd);
    snprintf(command, sizeof(command), "gzip -n -%d -c %s", level, name);
    FILE *pipe = popen(command, "r");
    if (pipe != NULL) {
        got = fread(output, 1, room, pipe);
        pclose(pipe);
    }
    unlink(name);
    return got;
}

#endif
