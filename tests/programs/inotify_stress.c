/* Files come and go while they are watched by instances that come and go: nothing is left, and nobody hangs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/inotify.h>

#include "program.h"

#define ROUNDS 1500
#define WATCHERS 2

static const char *folder;
static atomic_int is_over;

static void *make_files(void *number)
{
    char first[80], second[80];

    snprintf(first, sizeof(first), "%s/first%ld", folder, (long)number);
    snprintf(second, sizeof(second), "%s/second%ld", folder, (long)number);
    for (int i = 0; i < ROUNDS; i++) {
        int fd = open(first, O_WRONLY | O_CREAT, 0644);
        (void)!write(fd, "x", 1);
        if (i % 3 == 0)
            (void)rename(first, second);
        unlink(i % 3 == 0 ? second : first);
        close(fd);
    }
    return NULL;
}

static void *watch_files(void *number)
{
    char name[80], events[4096];

    while (!is_over) {
        int fd = inotify_init1(IN_NONBLOCK);
        for (int i = 0; i < 30; i++) {
            snprintf(name, sizeof(name), "%s/%s%ld", folder, i % 2 == 0 ? "first" : "second", (long)number);
            int watch = inotify_add_watch(fd, i % 5 == 0 ? folder : name, IN_ALL_EVENTS);
            if (i % 7 == 0)
                (void)inotify_rm_watch(fd, watch);
            if (i % 3 == 0)
                (void)!read(fd, events, sizeof(events));
        }
        close(fd);
    }
    return NULL;
}

int main(void)
{
    pthread_t makers[WATCHERS], watchers[WATCHERS];

    program_begin();
    folder = make_folder();
    for (long i = 0; i < WATCHERS; i++) {
        pthread_create(&makers[i], NULL, make_files, (void *)i);
        pthread_create(&watchers[i], NULL, watch_files, (void *)i);
    }
    for (int i = 0; i < WATCHERS; i++)
        pthread_join(makers[i], NULL);
    is_over = 1;
    for (int i = 0; i < WATCHERS; i++)
        pthread_join(watchers[i], NULL);
    expect_value("the folder is empty", rmdir(folder), 0);
    return program_end();
}
