/* What the system calls itself: uname(2). */
#ifndef LINTEL_PROC_HOST_H
#define LINTEL_PROC_HOST_H

#include <stddef.h>

#include "abi/system.h"

/* A copy of all names. Context: thread. */
void host_get_names(struct utsname *ret_names);

/* sethostname(), setdomainname(): `length` bytes, less than UTSNAME_SIZE. Context: thread. */
void host_set_name(const char *name, size_t length);
void host_set_domain(const char *name, size_t length);

#endif
