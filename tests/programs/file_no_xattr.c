/* Extended attributes of files whose file system has none: what is checked, and in which order. */
#include "show.h"

#define FILE_NAME "/proc/self/status"

static char long_name[300], value[16];

static void by_path(const char *path)
{
    printf("-- %s\n", path);
    SHOW_RAW(setxattr, path, "user.a", value, sizeof(value), 0);
    SHOW_RAW(getxattr, path, "user.a", value, sizeof(value));
    SHOW_RAW(getxattr, path, "trusted.a", NULL, 0L);
    SHOW_RAW(removexattr, path, "user.a");
    SHOW_RAW(listxattr, path, value, sizeof(value));
    SHOW_RAW(listxattr, path, NULL, 0L);
    SHOW_RAW(lgetxattr, path, "security.selinux", value, sizeof(value));
    SHOW_RAW(llistxattr, path, NULL, 0L);
}

static void names(void)
{
    printf("-- names and values\n");
    memset(long_name, 'a', 256);
    SHOW_RAW(setxattr, FILE_NAME, "", value, sizeof(value), 0);
    SHOW_RAW(setxattr, FILE_NAME, long_name, value, sizeof(value), 0);
    SHOW_RAW(setxattr, FILE_NAME, BAD, value, sizeof(value), 0);
    SHOW_RAW(setxattr, FILE_NAME, "user.a", BAD, sizeof(value), 0);
    SHOW_RAW(setxattr, FILE_NAME, "user.a", BAD, 0L, 0);
    SHOW_RAW(setxattr, FILE_NAME, "user.a", value, 65537L, 0);
    SHOW_RAW(setxattr, FILE_NAME, "user.a", value, sizeof(value), 4);
    SHOW_RAW(setxattr, FILE_NAME, "user.a", value, sizeof(value), 1);
    SHOW_RAW(setxattr, "/none", "", value, sizeof(value), 0);
    SHOW_RAW(setxattr, BAD, "user.a", value, sizeof(value), 0);
    SHOW_RAW(getxattr, FILE_NAME, "", value, sizeof(value));
    SHOW_RAW(getxattr, FILE_NAME, long_name, value, sizeof(value));
    SHOW_RAW(getxattr, FILE_NAME, BAD, value, sizeof(value));
    SHOW_RAW(getxattr, "/none", "user.a", value, sizeof(value));
    SHOW_RAW(getxattr, BAD, "user.a", value, sizeof(value));
    SHOW_RAW(removexattr, FILE_NAME, "");
    SHOW_RAW(removexattr, "/none", "user.a");
    SHOW_RAW(listxattr, "/none", NULL, 0L);
    SHOW_RAW(listxattr, "", NULL, 0L);
    SHOW_RAW(listxattr, BAD, NULL, 0L);
}

static void by_descriptor(int fd)
{
    SHOW_RAW(fsetxattr, fd, "user.a", value, sizeof(value), 0);
    SHOW_RAW(fgetxattr, fd, "user.a", value, sizeof(value));
    SHOW_RAW(flistxattr, fd, value, sizeof(value));
    SHOW_RAW(fremovexattr, fd, "user.a");
}

int main(void)
{
    begin();
    by_path(FILE_NAME);
    names();
    printf("-- descriptors\n");
    by_descriptor(-1);
    by_descriptor(open(FILE_NAME, O_RDONLY));
    by_descriptor(open(FILE_NAME, O_PATH));
    return 0;
}
