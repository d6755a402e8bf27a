#include "ipc/setup.h"

#include "ipc/eventfd.h"

void ipc_setup(void)
{
    eventfd_setup();
}
