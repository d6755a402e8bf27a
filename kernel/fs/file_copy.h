/* Copying from file to file inside the kernel: sendfile(), copy_file_range(), splice(). Context: thread, no
 * lock held.  Sleeps: yes. */
#ifndef LINTEL_FS_FILE_COPY_H
#define LINTEL_FS_FILE_COPY_H

#include "fs/file.h"

/* One side of a copy. */
struct copy_end {
    struct file *file;
    bool has_offset; /* bytes are from or for `offset`, which moves on; else the file's position does */
    int64_t offset;
};

/* Copy at most `size` bytes; `waits`: until a pipe has some. A source that is no stream is left behind what
 * has been written; bytes from a pipe are taken out when they have been written. Stops where the source ends,
 * or gives or takes no more without waiting after something has been copied. Returns the bytes copied, or the
 * error of reading or writing if there are none. Both files have been checked for access. Errors: also
 * -ENOMEM, -ERESTARTSYS. */
int64_t file_copy(struct copy_end *from, struct copy_end *to, uint64_t size, bool waits);

#endif
