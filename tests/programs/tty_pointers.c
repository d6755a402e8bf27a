/* Bad pointers in the requests of terminals. */
#include "terminal.h"

static const struct {
    const char *name;
    unsigned request;
} requests[] = {
    {"TCGETS", 0x5401},         {"TCSETS", 0x5402},       {"TCSETSW", 0x5403},       {"TCSETSF", 0x5404},
    {"TCGETA", 0x5405},         {"TCSETA", 0x5406},       {"TCGETS2", 0x802c542a},   {"TCSETS2", 0x402c542b},
    {"TIOCGPGRP", 0x540f},      {"TIOCSPGRP", 0x5410},    {"TIOCGSID", 0x5429},      {"TIOCGWINSZ", 0x5413},
    {"TIOCSWINSZ", 0x5414},     {"TIOCSTI", 0x5412},      {"TIOCOUTQ", 0x5411},      {"FIONREAD", 0x541b},
    {"TIOCGETD", 0x5424},       {"TIOCSETD", 0x5423},     {"TIOCGEXCL", 0x80045440}, {"TIOCGSOFTCAR", 0x5419},
    {"TIOCSPTLCK", 0x40045431}, {"TIOCGPTN", 0x80045430}, {"TIOCPKT", 0x5420},       {"TIOCMGET", 0x5415},
    {"TIOCGSERIAL", 0x541e},    {"FIONBIO", 0x5421},
};

/* What Lintel's masters do not know. */
static int is_of_slave(unsigned request)
{
    return request == 0x5412 || request == 0x5423 || request == 0x80045440;
}

static void leader(const struct pair *pair)
{
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        const unsigned long addresses[] = {0, 8, 0xffff800000000000ul, 0x7ffffffff000ul};
        printf("%s:", requests[i].name);
        for (size_t at = 0; at < COUNT_OF(addresses); at++) {
            errno = 0;
            long slave = syscall(SYS_ioctl, pair->slave, requests[i].request, addresses[at]);
            printf(" %ld/%d", slave, errno);
            if (is_of_slave(requests[i].request))
                continue;
            errno = 0;
            long master = syscall(SYS_ioctl, pair->master, requests[i].request, addresses[at]);
            printf(" %ld/%d", master, errno);
        }
        printf("\n");
    }
    expect_error("read", syscall(SYS_read, pair->slave, 8, 1ul << 63), EFAULT);
    type(pair->master, "x\n");
    settle(pair);
    expect_error("read", syscall(SYS_read, pair->slave, 8, 10), EFAULT);
    expect_error("write", syscall(SYS_write, pair->slave, 8, 10), EFAULT);
    expect_error("write of the master", syscall(SYS_write, pair->master, 8, 10), EFAULT);
    expect_error("read of the master", syscall(SYS_read, pair->master, 8, 10), EFAULT);
}

int main(void)
{
    struct pair pair;

    terminal_begin();
    open_pair(&pair);
    in_session("leader", &pair, leader);
    return program_end();
}
