/* Waiting for children: wait4(2), waitid(2). */
#ifndef LINTEL_PROC_WAIT_H
#define LINTEL_PROC_WAIT_H

#include <stdint.h>

#include "proc/process.h"

enum wait_kind { WAIT_FOR_ANY, WAIT_FOR_PROCESS, WAIT_FOR_GROUP };

struct wait_request {
    enum wait_kind kind;
    int id;           /* of the process; of the group, 0: the caller's */
    unsigned options; /* abi/wait.h: WEXITED, WSTOPPED, WCONTINUED, WNOHANG, WNOWAIT, __WCLONE, __WALL */
};

/* What a child did. */
struct wait_result {
    int id;
    int status; /* as wait4() tells it */
    uint32_t uid;
    struct process_times times; /* its own, and of the children whose end it was told of */
};

/* Wait until a child has news that the options ask for. A zombie is gone afterwards, other news is told only
 * once, but for WNOWAIT. News that is there comes before signals that pend. Returns the child's ID; 0:
 * WNOHANG, and there is no news. Errors: -ECHILD (there is no such child), -ERESTARTSYS.
 * Context: system call.  Sleeps: yes. */
int process_wait(const struct wait_request *request, struct wait_result *ret_result);

#endif
