/* An open /proc/self/mem is that of the program that opened it, and of none that is executed afterwards. */
#include "again.h"

#define PROGRAMS 12

static volatile int victim = 7;

int main(int argc, char **argv)
{
    int count = argc > 2 ? atoi(argv[1]) : 0, value = 8;
    char number[16], descriptor[16];

    program_begin();
    if (count == 0) {
        int fd = open("/proc/self/mem", O_RDWR);
        expect_value("of its own program", pwrite(fd, &value, sizeof(value), (off_t)&victim), sizeof(value));
        expect_value("is written", victim, value);
        snprintf(descriptor, sizeof(descriptor), "%d", fd);
    } else {
        int fd = atoi(argv[2]);
        snprintf(descriptor, sizeof(descriptor), "%d", fd);
        expect_value("written", pwrite(fd, &value, sizeof(value), (off_t)&victim), 0);
        expect_value("read", pread(fd, &value, sizeof(value), (off_t)&victim), 0);
        expect_value("is not written", victim, 7);
        if (count == PROGRAMS)
            return program_end();
    }
    snprintf(number, sizeof(number), "%d", count + 1);
    execl(own_path(), argv[0], number, descriptor, NULL);
    printf("FAILED: execl: errno %d\n", errno);
    return 1;
}
