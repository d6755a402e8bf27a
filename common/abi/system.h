/* The system as a whole, in the Linux ABI: include/uapi/linux/utsname.h, sysinfo.h, random.h. */
#ifndef LINTEL_COMMON_ABI_SYSTEM_H
#define LINTEL_COMMON_ABI_SYSTEM_H

#include <stdint.h>

#define UTSNAME_SIZE 65 /* with the 0 at its end */

/* struct new_utsname */
struct utsname {
    char sysname[UTSNAME_SIZE];
    char nodename[UTSNAME_SIZE];
    char release[UTSNAME_SIZE];
    char version[UTSNAME_SIZE];
    char machine[UTSNAME_SIZE];
    char domainname[UTSNAME_SIZE];
};

_Static_assert(sizeof(struct utsname) == 390, "struct new_utsname of the x86-64 ABI");

struct sysinfo {
    int64_t uptime; /* seconds */
    uint64_t loads[3];
    uint64_t total_ram, free_ram, shared_ram, buffer_ram; /* in units of mem_unit bytes, as all below */
    uint64_t total_swap, free_swap;
    uint16_t processes;
    uint16_t padding;
    uint32_t padding2;
    uint64_t total_high, free_high;
    uint32_t mem_unit;
    uint32_t padding3;
};

_Static_assert(sizeof(struct sysinfo) == 112, "struct sysinfo of the x86-64 ABI");

/* getrandom() */
#define GRND_NONBLOCK 1
#define GRND_RANDOM 2
#define GRND_INSECURE 4

/* syslog(): man 2 syslog */
#define SYSLOG_ACTION_CLOSE 0
#define SYSLOG_ACTION_OPEN 1
#define SYSLOG_ACTION_READ 2
#define SYSLOG_ACTION_READ_ALL 3
#define SYSLOG_ACTION_READ_CLEAR 4
#define SYSLOG_ACTION_CLEAR 5
#define SYSLOG_ACTION_CONSOLE_OFF 6
#define SYSLOG_ACTION_CONSOLE_ON 7
#define SYSLOG_ACTION_CONSOLE_LEVEL 8
#define SYSLOG_ACTION_SIZE_UNREAD 9
#define SYSLOG_ACTION_SIZE_BUFFER 10

#endif
