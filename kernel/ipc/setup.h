#ifndef LINTEL_IPC_SETUP_H
#define LINTEL_IPC_SETUP_H

/* Set up all that processes talk to each other by, and wait for. Context: early boot, once. */
void ipc_setup(void);

#endif
