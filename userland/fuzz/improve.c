/* Calls that blind choice would hardly ever get past the first check: some of their arguments are chosen
 * anew, most of the time. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SIGNAL_SET_SIZE 8
#define VECTOR_MAX 4

static char *some_page(void)
{
    return ARENA + below(ARENA_PAGES) * PAGE;
}

static uint64_t some_terminal_request(void)
{
    static const uint64_t others[] = {0x80045430, 0x40045431, 0x5441, 0x80045432, 0x4b3a,    0x4b44, 0x4b45,
                                      0x4b46,     0x4b47,     0x4b30, 0x541b,     0x5421,    0x5451, 0x8905,
                                      0x8910,     0x8912,     0x8913, 0x40049409, 0x80081272};
    switch (below(4)) {
    case 0:
        return others[below(COUNT_OF(others))];
    case 1:
        return 0x5600 + below(16);
    default:
        return 0x5401 + below(0x40);
    }
}

static uint64_t some_socket_address(void)
{
    struct sockaddr_un *address = (struct sockaddr_un *)some_page();

    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, below(4) ? "socket" : "b/other");
    if (below(4) == 0)
        address->sun_path[0] = 0;
    return (uint64_t)address;
}

/* Pieces of the arena; sometimes the last one is cut off by its end. */
static void make_vector(uint64_t *ret_vector, uint64_t *ret_count)
{
    struct iovec *vector = (struct iovec *)some_page();

    for (size_t i = 0; i < VECTOR_MAX; i++)
        vector[i] = (struct iovec){ARENA + below(ARENA_PAGES * PAGE), below(3000)};
    *ret_vector = (uint64_t)vector;
    *ret_count = below(VECTOR_MAX + 1);
}

static void improve_processes(int number, uint64_t a[6])
{
    switch (number) {
    case SYS_clone:
        a[0] = below(2) ? SIGCHLD : CLONE_VM | CLONE_VFORK | SIGCHLD;
        break;
    case SYS_setpgid:
        a[1] = 0;
        break;
    case SYS_waitid:
        a[0] = below(3);
        a[3] = WEXITED | (below(2) ? WNOHANG : 0) | (below(2) ? WSTOPPED | WCONTINUED : 0);
        break;
    case SYS_kill:
        a[0] = some_process();
        break;
    case SYS_tgkill:
        a[1] = a[0] = (uint64_t)getpid();
        break;
    case SYS_rt_tgsigqueueinfo:
        a[1] = a[0] = (uint64_t)getpid();
        a[2] = 35 + below(30);
        a[3] = (uint64_t)some_page();
        ((siginfo_t *)a[3])->si_code = SI_QUEUE;
        break;
    case SYS_arch_prctl:
        a[0] = 0x1003; /* to get FS */
        break;
    case SYS_syslog:
        a[0] = (uint64_t[]){3, 9, 10, 77}[below(4)]; /* what it prints is not changed */
        break;
    default:
        break;
    }
}

static void improve_signals(int number, uint64_t a[6])
{
    switch (number) {
    case SYS_rt_sigprocmask:
        a[0] = below(3);
        a[3] = SIGNAL_SET_SIZE;
        break;
    case SYS_rt_sigaction:
    case SYS_rt_sigtimedwait:
        a[3] = SIGNAL_SET_SIZE;
        break;
    case SYS_rt_sigpending:
    case SYS_rt_sigsuspend:
        a[1] = SIGNAL_SET_SIZE;
        break;
    case SYS_signalfd:
    case SYS_signalfd4:
        a[0] = below(2) ? (uint64_t)-1 : a[0];
        a[2] = SIGNAL_SET_SIZE;
        break;
    case SYS_ppoll:
        a[4] = SIGNAL_SET_SIZE;
        break;
    default:
        break;
    }
}

static void improve_memory(int number, uint64_t a[6])
{
    switch (number) {
    case SYS_mremap:
        a[0] = (uint64_t)some_page();
        a[1] = (1 + below(3)) * PAGE;
        a[2] = (1 + below(6)) * PAGE;
        a[3] = MREMAP_MAYMOVE | (below(4) ? 0 : MREMAP_FIXED);
        a[4] = (uint64_t)some_page();
        break;
    case SYS_mprotect:
    case SYS_madvise:
        a[0] = (uint64_t)some_page();
        break;
    case SYS_mmap:
        a[0] = below(2) ? 0 : (uint64_t)some_page();
        a[3] =
            (below(2) ? MAP_SHARED : MAP_PRIVATE) | (below(2) ? MAP_ANONYMOUS : 0) | (a[0] ? MAP_FIXED : 0);
        a[5] &= ~(uint64_t)(PAGE - 1);
        break;
    default:
        break;
    }
}

static void improve_files(int number, uint64_t a[6])
{
    switch (number) {
    case SYS_ioctl:
        a[1] = some_terminal_request();
        break;
    case SYS_linkat:
        a[4] = below(2) ? 0 : AT_SYMLINK_FOLLOW;
        break;
    case SYS_copy_file_range:
        a[1] = a[3] = a[5] = 0;
        break;
    case SYS_readv:
    case SYS_writev:
    case SYS_preadv:
    case SYS_pwritev:
    case SYS_preadv2:
    case SYS_pwritev2:
        make_vector(&a[1], &a[2]);
        a[5] = 0;
        break;
    case SYS_mount:
        a[1] = (uint64_t)strcpy(ARENA, below(2) ? FOLDER "/a" : FOLDER "/b");
        a[2] = (uint64_t)strcpy(ARENA + PAGE, (const char *[]){"tmpfs", "proc", "sysfs", "devpts"}[below(4)]);
        a[4] = 0;
        break;
    case SYS_umount2:
        a[1] = below(2) ? 0 : MNT_DETACH;
        /* falls through */
    case SYS_chroot:
        a[0] = (uint64_t)strcpy(ARENA, below(2) ? FOLDER "/a" : FOLDER "/b");
        break;
    case SYS_epoll_ctl:
        a[0] = below(24);
        a[1] = 1 + below(3);
        a[2] = below(24);
        break;
    case SYS_epoll_pwait:
        a[2] = 1 + below(8);
        a[3] = below(3);
        a[5] = SIGNAL_SET_SIZE;
        break;
    case SYS_timer_settime:
        a[2] = (uint64_t)memset(some_page(), 0, 4 * sizeof(uint64_t));
        ((uint64_t *)a[2])[below(4)] = below(1000000);
        /* falls through */
    case SYS_timer_gettime:
    case SYS_timer_getoverrun:
    case SYS_timer_delete:
        a[0] = below(4);
        break;
    default:
        break;
    }
}

static void improve_sockets(int number, uint64_t a[6])
{
    switch (number) {
    case SYS_socket:
    case SYS_socketpair:
        a[0] = AF_UNIX;
        a[1] =
            (uint64_t[]){SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}[below(3)] | (below(2) ? SOCK_NONBLOCK : 0);
        a[2] = 0;
        break;
    case SYS_bind:
    case SYS_connect:
        a[1] = some_socket_address();
        a[2] = below(4) ? sizeof(struct sockaddr_un) : 2 + below(12);
        break;
    case SYS_accept:
    case SYS_accept4:
        a[0] = below(24);
        a[1] = 0;
        a[3] = below(2) ? SOCK_NONBLOCK : 0;
        break;
    case SYS_setsockopt:
    case SYS_getsockopt:
        a[1] = SOL_SOCKET;
        a[2] = below(64);
        if (number == SYS_setsockopt)
            a[4] = below(4) ? 4 : 16;
        break;
    default:
        break;
    }
}

/* Sizes that would fill all memory with one file: seldom. */
static void limit_sizes(int number, uint64_t a[6])
{
    if (number == SYS_fallocate)
        a[3] &= below(8) ? 0xffffff : UINT64_MAX;
    if (number == SYS_ftruncate || number == SYS_truncate)
        a[1] &= below(8) ? 0xffffff : UINT64_MAX;
}

void improve_arguments(int number, uint64_t a[6])
{
    limit_sizes(number, a);
    if (below(5) == 0 && number != SYS_mount && number != SYS_umount2 && number != SYS_chroot &&
        number != SYS_syslog)
        return;
    improve_processes(number, a);
    improve_signals(number, a);
    improve_memory(number, a);
    improve_files(number, a);
    improve_sockets(number, a);
}
