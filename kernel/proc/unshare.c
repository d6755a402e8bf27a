#include "proc/unshare.h"

#include <stddef.h>

#include "abi/errno.h"
#include "abi/syscall.h"
#include "fs/fd_table.h"
#include "proc/fs_context.h"
#include "proc/process.h"

int process_unshare(unsigned flags)
{
    struct process *process = process_current();
    const bool copies_fs = (flags & CLONE_FS) != 0 && !fs_context_is_private(process->fs);
    const bool copies_files = (flags & CLONE_FILES) != 0 && !fd_table_is_private(process->files);
    struct fs_context *fs = copies_fs ? fs_context_copy(process->fs) : NULL;
    struct fd_table *files = copies_files ? fd_table_copy(process->files) : NULL;
    const bool has_failed = (copies_fs && fs == NULL) || (copies_files && files == NULL);

    if (!has_failed) { /* what was shared is given up below */
        struct spinlock_state state = spin_lock(&process_tree);
        struct fs_context *old_fs = process->fs;
        struct fd_table *old_files = process->files;
        process->fs = copies_fs ? fs : old_fs;
        process->files = copies_files ? files : old_files;
        spin_unlock(&process_tree, state);
        fs = copies_fs ? old_fs : NULL;
        files = copies_files ? old_files : NULL;
    }
    if (fs != NULL)
        fs_context_unref(fs);
    if (files != NULL)
        fd_table_unref(files);
    return has_failed ? -ENOMEM : 0;
}
