/* Pipes and FIFOs: 64 KiB of bytes on their way from writers to readers; 8 KiB, where users have many pipes.
 */
#ifndef LINTEL_FS_PIPE_H
#define LINTEL_FS_PIPE_H

#include "fs/file.h"

#define PIPE_SIZE 65536u

/* Set up. Context: early boot, once. */
void pipe_setup(void);

/* pipe2(): two open files, for reading and for writing. flags: O_NONBLOCK. Errors: -ENFILE, -ENOMEM.
 *
 * Reading waits for bytes and answers 0 when all writers have gone. Writing waits for room; at most PIPE_BUF
 * bytes are written in one piece or not at all; without readers -EPIPE. With O_NONBLOCK: -EAGAIN. Both may be
 * interrupted: -ERESTARTSYS, or the bytes moved so far. */
int pipe_create(unsigned flags, const struct credentials *who, struct file **ret_reader,
                struct file **ret_writer);

/* Make `file` an end of the FIFO that it was opened from (file->path.node). Waits for somebody at the other
 * end, but for O_RDWR or O_NONBLOCK. Errors: -ENXIO (to write, O_NONBLOCK, nobody reads), -ENOMEM,
 * -ERESTARTSYS, -EINVAL (access mode 3). For fs/file_open.c. */
int pipe_open_fifo(struct file *file);

/* The pipe of an end of one without a name, with a reference; NULL: `file` is none. Another open file becomes
 * an end of it, it waits for nobody: -EINVAL (access mode 3). For fs/nameless_node.c. */
struct pipe;
struct pipe *pipe_of_file(const struct file *file);
void pipe_unref(struct pipe *pipe);
int pipe_open_again(struct file *file, struct pipe *pipe);

/* How many pages the pipes of others than the superuser may fill before new ones are small. */
unsigned pipe_users_pages_max(void);

/* F_GETPIPE_SZ, F_SETPIPE_SZ: a pipe keeps its size; whoever asks for no more gets it. Errors:
 * -EBADF (no pipe), -EINVAL (nothing), -EPERM (more). */
int64_t pipe_get_size(struct file *file);
int64_t pipe_set_size(struct file *file, uint64_t size);

/* Whether a file is an end of a pipe or FIFO. Then, of a reading end: copy bytes that stay in the pipe,
 * waiting for some if `waits`; take bytes out. Of a writing end: how many bytes there is room for. */
bool file_is_pipe(const struct file *file);
int64_t pipe_peek(struct file *file, struct io *io, bool waits);
void pipe_skip(struct file *file, uint32_t count);
uint32_t pipe_room(struct file *file);

#endif
