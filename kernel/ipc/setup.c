#include "ipc/setup.h"

#include "ipc/epoll.h"
#include "ipc/eventfd.h"
#include "ipc/inotify.h"
#include "ipc/signalfd.h"
#include "ipc/timerfd.h"
#include "ipc/unix_socket.h"

void ipc_setup(void)
{
    epoll_setup();
    eventfd_setup();
    inotify_setup();
    signalfd_setup();
    timerfd_setup();
    unix_socket_setup();
}
