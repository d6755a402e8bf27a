/* /proc/net: the tables of the network, of which there is none yet but AF_UNIX: headers, mostly. */
#ifndef LINTEL_PROCFS_NET_H
#define LINTEL_PROCFS_NET_H

#include "fs/pseudo.h"

extern const struct pseudo_entry net_files[];

#endif
