#include "procfs/net.h"

#include "ipc/unix_socket.h"
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

#define UNIX_ADDRESS_HEAD offsetof(struct sockaddr_un, path)
#define FLAG_LISTENING 0x10000u /* __SO_ACCEPTCON */
#define STATE_UNCONNECTED 1u
#define STATE_CONNECTED 3u

/* Abstract names begin with a 0, which is shown as '@', as further ones in it are. */
static void show_name(struct text *text, const struct unix_address *address)
{
    const size_t length = address->length - UNIX_ADDRESS_HEAD;
    const bool is_abstract = address->un.path[0] == '\0';

    for (size_t i = 0; i < length; i++) {
        const char character = address->un.path[i];
        if (character == '\0' && !is_abstract)
            return;
        text_add(text, character == '\0' ? "@" : &address->un.path[i], 1);
    }
}

static void show_socket(const struct unix_socket_view *socket, void *argument)
{
    struct text *text = argument;

    text_print(text, "%016x: %08x %08x %08x %04x %02x %5lu ", 0, 2, 0,
               socket->is_listening ? FLAG_LISTENING : 0, socket->type,
               socket->is_connected ? STATE_CONNECTED : STATE_UNCONNECTED, socket->number);
    show_name(text, socket->address);
    text_add_string(text, "\n");
}

/* Those without a name are left out. */
static int show_unix(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_add_string(text, "Num       RefCount Protocol Flags    Type St Inode Path\n");
    unix_socket_visit(show_socket, text);
    return 0;
}

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
    {"unix", S_IFREG | 0444, .show = show_unix},
    {0}};
