/* Ctrl+Alt+Del, and what reboot(2) makes of it. */
#ifndef LINTEL_PROC_CTRL_ALT_DEL_H
#define LINTEL_PROC_CTRL_ALT_DEL_H

#include <stdbool.h>

/* The keys were pressed: the machine restarts at once, or PID 1 gets SIGINT. Context: any but NMI, no lock
 * held. Takes: process_tree. */
void ctrl_alt_del(void);

/* Choose which; at first it restarts (LINUX_REBOOT_CMD_CAD_ON). Context: any. */
void ctrl_alt_del_set_restarts(bool restarts);

#endif
