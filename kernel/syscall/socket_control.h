/* Control messages of sendmsg() and recvmsg(): open files and credentials. Context: system call. */
#ifndef LINTEL_SYSCALL_SOCKET_CONTROL_H
#define LINTEL_SYSCALL_SOCKET_CONTROL_H

#include "ipc/unix_socket.h"
#include "mm/types.h"

/* What a program wants to send along. */
struct control {
    struct unix_rights *rights; /* NULL: none */
    struct ucred credentials;
    bool has_credentials;
};

/* Errors: -EINVAL (lengths, credentials and types that make no sense, too many files), -EFAULT, -EBADF,
 * -EPERM (somebody else's credentials), -ESRCH (no such process), -ENOBUFS; then nothing is to be released.
 */
int control_copy_in(user_ptr_t source, uint64_t length, struct control *ret_control);
void control_release(struct control *control);

/* Give the program what has come: files get descriptors. What does not fit is lost, and MSG_CTRUNC is set in
 * *flags; the message's rights are used up. flags: MSG_CMSG_CLOEXEC counts. Returns the bytes written. */
uint64_t control_copy_out(user_ptr_t destination, uint64_t length, struct unix_message *message,
                          unsigned call_flags, uint32_t *flags);

#endif
