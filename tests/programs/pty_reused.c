/* The node of a pseudoterminal that has ended is no way to the next one of the same number, whoever owns
 * that.
 */
#define _GNU_SOURCE
#include "terminal.h"

int main(void)
{
    struct pair first, second;
    char link[40];

    terminal_begin();
    open_master(&first);
    int node = open(first.name, O_PATH);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", node);
    int fd = open(link, O_RDWR | O_NOCTTY);
    expect_true("the first one is opened by its node", fd >= 0);
    close(fd);
    close(first.master);
    expect_error("without a master", open(link, O_RDWR | O_NOCTTY), EIO);

    open_pair(&second);
    expect_true("the same number", strcmp(first.name, second.name) == 0);
    expect_error("the second one by the first one's node", open(link, O_RDWR | O_NOCTTY), EIO);
    expect_error("without waiting", open(link, O_RDONLY | O_NOCTTY | O_NONBLOCK), EIO);
    fd = open(second.name, O_RDWR | O_NOCTTY);
    expect_true("by its own", fd >= 0);
    close(fd);
    close(node);
    close_pair(&second);
    return program_end();
}
