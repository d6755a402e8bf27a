/* One call that changes or asks for files, to be done by the kernel's code and by the host's kernel.
 * Includes nothing of either: their headers do not go together. */
#ifndef LINTEL_TESTS_FS_OPERATION_H
#define LINTEL_TESTS_FS_OPERATION_H

enum fs_call {
    FS_MKDIR,
    FS_RMDIR,
    FS_UNLINK,
    FS_OPEN, /* and write, read back, close */
    FS_RENAME,
    FS_LINK,
    FS_SYMLINK,
    FS_READLINK,
    FS_STAT,
    FS_LSTAT,
    FS_CHMOD,
    FS_MKFIFO,
    FS_TRUNCATE,
    FS_LIST,
    FS_CALL_COUNT
};

#define FS_RESULT_SIZE 16384

struct fs_operation {
    enum fs_call call;
    char path[1200];
    char path2[1200];
    unsigned flags;
    unsigned mode;
    unsigned size; /* bytes to write, or to truncate to */
    int is_user;   /* by uid and gid 1000 */
};

struct fs_result {
    int error; /* 0 or an errno */
    char text[FS_RESULT_SIZE];
};

/* host_fs.c: make an empty directory and go there as if it were all there is; only root can. */
int host_fs_begin(void);
void host_fs_do(const struct fs_operation *operation, struct fs_result *result);
void host_fs_end(void);

#endif
