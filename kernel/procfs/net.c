#include "procfs/net.h"

#include "procfs/system_files.h"

#define TABLE(name, header)                                                      \
    {                                                                            \
        name, S_IFREG | 0444, .show = system_show_constant, .argument = (header) \
    }

#define TCP_HEADER                                                                                           \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode      " \
    " "                                                                                                      \
    "                                              \n"
#define UDP_HEADER                                                                                          \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref " \
    "pointer drops            \n"
#define RAW_HEADER                                                                                          \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref " \
    "pointer drops\n"

const struct pseudo_entry net_files[] = {
    TABLE("arp", "IP address       HW type     Flags       HW address            Mask     Device\n"),
    TABLE("dev",
          "Inter-|   Receive                                                |  Transmit\n"
          " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
          "fifo colls carrier compressed\n"),
    TABLE("raw", RAW_HEADER),
    TABLE("route", "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT      "
                   "                                                 \n"),
    TABLE("tcp", TCP_HEADER),
    TABLE("udp", UDP_HEADER),
    TABLE("unix", "Num       RefCount Protocol Flags    Type St Inode Path\n"),
    {0}};
