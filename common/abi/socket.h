/* Sockets of the Linux ABI, x86-64: include/linux/socket.h, uapi/linux/un.h, asm-generic/socket.h. */
#ifndef LINTEL_COMMON_ABI_SOCKET_H
#define LINTEL_COMMON_ABI_SOCKET_H

#include <stdint.h>

#include "abi/fs.h"

#define AF_UNSPEC 0
#define AF_UNIX 1

/* socket(): types, and what may be added to one */
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
#define SOCK_TYPE_MASK 0xf
#define SOCK_TYPE_COUNT 11
#define SOCK_NONBLOCK O_NONBLOCK
#define SOCK_CLOEXEC O_CLOEXEC

#define SOMAXCONN 4096

/* send(), recv() */
#define MSG_OOB 0x1
#define MSG_PEEK 0x2
#define MSG_CTRUNC 0x8
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_EOR 0x80
#define MSG_WAITALL 0x100
#define MSG_NOSIGNAL 0x4000
#define MSG_WAITFORONE 0x10000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define SOL_SOCKET 1
#define SO_DEBUG 1
#define SO_REUSEADDR 2
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_BROADCAST 6
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_OOBINLINE 10
#define SO_PRIORITY 12
#define SO_LINGER 13
#define SO_REUSEPORT 15
#define SO_PASSCRED 16
#define SO_PEERCRED 17
#define SO_RCVLOWAT 18
#define SO_SNDLOWAT 19
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_ACCEPTCONN 30
#define SO_SNDBUFFORCE 32
#define SO_RCVBUFFORCE 33
#define SO_PROTOCOL 38
#define SO_DOMAIN 39

#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2
#define SCM_MAX_FD 253

#define UNIX_PATH_MAX 108
#define SOCKADDR_MAX 128 /* struct sockaddr_storage */

struct sockaddr_un {
    uint16_t family;
    char path[UNIX_PATH_MAX];
};

struct ucred {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

struct linger {
    int32_t is_on;
    int32_t seconds;
};

struct msghdr {
    uint64_t name;
    int32_t name_length;
    int32_t padding1;
    uint64_t segments;
    uint64_t segment_count;
    uint64_t control;
    uint64_t control_length;
    uint32_t flags;
    uint32_t padding2;
};

struct mmsghdr {
    struct msghdr header;
    uint32_t length;
    uint32_t padding;
};

struct cmsghdr {
    uint64_t length;
    int32_t level;
    int32_t type;
};

_Static_assert(sizeof(struct sockaddr_un) == 110, "struct sockaddr_un of the ABI");
_Static_assert(sizeof(struct ucred) == 12, "struct ucred of the ABI");
_Static_assert(sizeof(struct msghdr) == 56, "struct msghdr of the x86-64 ABI");
_Static_assert(sizeof(struct mmsghdr) == 64, "struct mmsghdr of the x86-64 ABI");
_Static_assert(sizeof(struct cmsghdr) == 16, "struct cmsghdr of the x86-64 ABI");

#endif
