/* What a call that writes answers: some failures come with a signal. */
#ifndef LINTEL_SYSCALL_WRITE_RESULT_H
#define LINTEL_SYSCALL_WRITE_RESULT_H

#include <stdint.h>

/* Raise SIGPIPE for -EPIPE; SIGXFSZ for -EFBIG, if RLIMIT_FSIZE is the reason. Returns what the program is
 * told: `error`, but for -EPIPE_WITHOUT_SIGNAL. Context:
 * system call. */
int64_t write_failed(int64_t error);

static inline int64_t write_result(int64_t result)
{
    return __builtin_expect(result < 0, 0) ? write_failed(result) : result;
}

#endif
