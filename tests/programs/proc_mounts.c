/* /proc/mounts and mountinfo: names with blanks in them, and mounts that come and go. */
#include <sys/mount.h>

#include "show.h"

#define PLACE "/tmp/mounts a\tb\\c"

static char text[1 << 16];

static void slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t sum = 0, count;

    while ((count = read(fd, text + sum, 7)) > 0)
        sum += count;
    text[sum] = '\0';
    close(fd);
}

/* Lines that have a word in them: the first four fields of mounts. */
static void show_lines(const char *word)
{
    int count = 0;

    slurp("/proc/mounts");
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char source[128], place[128], type[32], options[256];
        if (strstr(line, word) == NULL)
            continue;
        sscanf(line, "%127s %127s %31s %255s", source, place, type, options);
        printf("%s %s %s %.2s%s, ends right %d\n", source, place, type, options,
               strstr(options, "size=4096k") != NULL ? " 4096k" : "",
               strcmp(line + strlen(line) - 4, " 0 0") == 0);
        count++;
    }
    printf("%s: %d lines\n", word, count);
}

/* Fields 4 and 5 of mountinfo, and those behind the '-'. */
static void show_info(const char *word)
{
    slurp("/proc/self/mountinfo");
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char shown[128], place[128], type[32], source[128];
        int id, parent;
        if (strstr(line, word) == NULL)
            continue;
        sscanf(line, "%d %d %*s %127s %127s", &id, &parent, shown, place);
        sscanf(strstr(line, " - ") + 3, "%31s %127s", type, source);
        printf("%s at %s: %s %s, parent %d\n", shown, place, type, source, parent != id);
    }
}

int main(void)
{
    begin();
    mkdir(PLACE, 0755);
    show_lines("mounts");
    SHOW(mount("my source#1", PLACE, "tmpfs", 0, "size=4m"));
    show_lines("mounts");
    show_info("mounts");
    mkdir(PLACE "/inner", 0755);
    mkdir(PLACE "/upon", 0755);
    SHOW(mount(PLACE "/inner", PLACE "/upon", NULL, MS_BIND, NULL));
    show_lines("mounts");
    show_info("mounts");
    SHOW(mount(NULL, PLACE, NULL, MS_REMOUNT | MS_RDONLY, "size=4m"));
    show_lines("mounts");
    if (fork() == 0) {
        SHOW(chroot(PLACE));
        SHOW(chdir("/"));
        SHOW(open("/proc/mounts", O_RDONLY));
        _exit(0);
    }
    wait(NULL);
    SHOW(umount(PLACE "/upon"));
    SHOW(umount(PLACE));
    show_lines("mounts");
    show_info("mounts");
    rmdir(PLACE);
    return 0;
}
