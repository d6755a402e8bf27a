#include "syscall/socket_control.h"

#include "abi/errno.h"
#include "mm/user_access.h"
#include "syscall/descriptor.h"
#include "syscall/file_use.h"

#define CONTROL_MAX 20480u /* bytes of one call, as on Linux */
#define HEAD sizeof(struct cmsghdr)

static uint64_t align(uint64_t length)
{
    return (length + 7) & ~7ull;
}

/* Files */

static int rights_add(struct unix_rights *rights, user_ptr_t source, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        int32_t fd;
        if (rights->count == SCM_MAX_FD)
            return -EINVAL;
        if (user_copy_in(&fd, (user_ptr_t){source.address + i * sizeof(fd)}, sizeof(fd), NULL) != 0)
            return -EFAULT;
        struct file *file = fd_table_lookup(process_current()->files, (unsigned)fd);
        if (file == NULL)
            return -EBADF;
        rights->files[rights->count++] = file;
    }
    return 0;
}

static int control_add_rights(struct control *control, user_ptr_t source, uint64_t size)
{
    uint64_t count = size / sizeof(int32_t);

    if (count > SCM_MAX_FD)
        return -EINVAL;
    if (count == 0)
        return 0;
    if (control->rights == NULL)
        control->rights = unix_rights_alloc();
    return control->rights == NULL ? -ENOBUFS : rights_add(control->rights, source, count);
}

static bool process_exists(int id)
{
    struct spinlock_state state = spin_lock(&process_tree);
    bool exists = process_find(id) != NULL || user_thread_find(id) != NULL;

    spin_unlock(&process_tree, state);
    return exists;
}

/* Credentials: a program may tell those that it has. */
static int control_add_credentials(struct control *control, user_ptr_t source, uint64_t size)
{
    const struct identity_ids own = identity_get_ids(process_current());
    struct ucred *told = &control->credentials;

    if (size != sizeof(*told))
        return -EINVAL;
    if (user_copy_in(told, source, sizeof(*told), NULL) != 0)
        return -EFAULT;
    bool has_uid = told->uid == own.real_uid || told->uid == own.effective_uid || told->uid == own.saved_uid;
    bool has_gid = told->gid == own.real_gid || told->gid == own.effective_gid || told->gid == own.saved_gid;
    bool is_own = told->pid == process_current()->id && has_uid && has_gid;
    if (!is_own && own.effective_uid != 0)
        return -EPERM;
    if (!process_exists(told->pid))
        return -ESRCH;
    if (told->uid == IDENTITY_UNCHANGED || told->gid == IDENTITY_UNCHANGED)
        return -EINVAL;
    control->has_credentials = true;
    return 0;
}

static int control_add(struct control *control, const struct cmsghdr *head, user_ptr_t source)
{
    uint64_t size = head->length - HEAD;

    if (head->level != SOL_SOCKET)
        return 0; /* somebody else's */
    if (head->type == SCM_RIGHTS)
        return control_add_rights(control, source, size);
    return head->type == SCM_CREDENTIALS ? control_add_credentials(control, source, size) : -EINVAL;
}

static int control_parse(user_ptr_t source, uint64_t length, struct control *control)
{
    uint64_t at = 0;

    while (length - at >= HEAD) {
        struct cmsghdr head;
        if (user_copy_in(&head, (user_ptr_t){source.address + at}, HEAD, NULL) != 0)
            return -EFAULT;
        if (head.length < HEAD || head.length > length - at)
            return -EINVAL;
        int error = control_add(control, &head, (user_ptr_t){source.address + at + HEAD});
        if (error != 0)
            return error;
        at = align(head.length) > length - at ? length : at + align(head.length);
    }
    return 0;
}

int control_copy_in(user_ptr_t source, uint64_t length, struct control *ret_control)
{
    *ret_control = (struct control){0};
    if (length == 0)
        return 0;
    if (length > CONTROL_MAX)
        return -ENOBUFS;
    int error = control_parse(source, length, ret_control);
    if (error != 0)
        control_release(ret_control);
    return error;
}

void control_release(struct control *control)
{
    if (control->rights != NULL)
        unix_rights_free(control->rights);
    control->rights = NULL;
}

/* What is written to the program. */
struct control_writer {
    user_ptr_t destination;
    uint64_t length;
    uint64_t done;
    bool is_cut;
};

/* Write a message's head, and move on behind its `size` bytes. */
static void writer_finish(struct control_writer *writer, int type, uint64_t size)
{
    const struct cmsghdr head = {HEAD + size, SOL_SOCKET, type};
    uint64_t left = writer->length - writer->done;

    if (user_copy_out((user_ptr_t){writer->destination.address + writer->done}, &head, sizeof(head)) != 0) {
        writer->is_cut = true;
        return;
    }
    writer->done += align(HEAD + size) < left ? align(HEAD + size) : left;
}

static void write_credentials(struct control_writer *writer, const struct ucred *credentials)
{
    uint64_t left = writer->length - writer->done, size = sizeof(*credentials);
    user_ptr_t to = {writer->destination.address + writer->done + HEAD};

    if (left < HEAD) {
        writer->is_cut = true;
        return;
    }
    if (left < HEAD + size) {
        size = left - HEAD;
        writer->is_cut = true;
    }
    if (user_copy_out(to, credentials, size) != 0)
        writer->is_cut = true;
    else
        writer_finish(writer, SCM_CREDENTIALS, size);
}

/* Give as many files descriptors as there is room for. */
static void write_rights(struct control_writer *writer, const struct unix_rights *rights, unsigned flags)
{
    uint64_t left = writer->length - writer->done;
    uint64_t room = left < HEAD ? 0 : (left - HEAD) / sizeof(int32_t);
    unsigned count = room < rights->count ? (unsigned)room : rights->count, done = 0;

    while (done < count) {
        user_ptr_t to = {writer->destination.address + writer->done + HEAD + done * sizeof(int32_t)};
        int32_t fd = descriptor_install(file_ref(rights->files[done]), flags);
        if (fd < 0)
            break;
        if (user_copy_out(to, &fd, sizeof(fd)) != 0) {
            (void)fd_table_close(process_current()->files, (unsigned)fd);
            break;
        }
        done++;
    }
    writer->is_cut |= done < rights->count;
    if (done > 0)
        writer_finish(writer, SCM_RIGHTS, done * sizeof(int32_t));
}

uint64_t control_copy_out(user_ptr_t destination, uint64_t length, struct unix_message *message,
                          unsigned call_flags, uint32_t *flags)
{
    struct control_writer writer = {.destination = destination, .length = length};

    if (message->ret_has_credentials)
        write_credentials(&writer, &message->ret_credentials);
    if (message->ret_rights != NULL) {
        write_rights(&writer, message->ret_rights, (call_flags & MSG_CMSG_CLOEXEC) != 0 ? O_CLOEXEC : 0);
        unix_rights_free(message->ret_rights);
        message->ret_rights = NULL;
    }
    if (writer.is_cut)
        *flags |= MSG_CTRUNC;
    return writer.done;
}
