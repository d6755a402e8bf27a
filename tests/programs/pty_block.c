/* Nobody reads the master: writers wait, and lose nothing. */
#include "terminal.h"

#define SIZE 60000

int main(void)
{
    static char text[SIZE], got[SIZE * 2];
    struct pair pair;
    size_t length = 0;
    int status;

    terminal_begin();
    open_pair(&pair);
    for (size_t i = 0; i < SIZE; i++)
        text[i] = i % 50 == 49 ? '\n' : (char)('a' + i % 26);
    pid_t child = fork();
    if (child == 0)
        _exit(write(pair.slave, text, SIZE) == SIZE ? 0 : 1);
    sleep_ms(QUIET_MS);
    expect_value("waits", waitpid(child, &status, WNOHANG), 0);
    while (length < SIZE + SIZE / 50) {
        ssize_t count = read(pair.master, got + length, sizeof(got) - length);
        if (count <= 0)
            break;
        length += (size_t)count;
    }
    expect_value("all of it", (long)length, SIZE + SIZE / 50);
    size_t at = 0, wrong = 0;
    for (size_t i = 0; i < SIZE; i++) {
        if (text[i] == '\n')
            wrong += got[at++] != '\r';
        wrong += got[at++] != text[i];
    }
    expect_value("different", (long)wrong, 0);
    waitpid(child, &status, 0);
    expect_value("status", status, 0);
    expect_value("not blocking", fcntl(pair.slave, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    expect_true("a page at least", fill(pair.slave, text) >= 4096);
    struct pollfd one = {pair.slave, POLLOUT, 0};
    expect_true("read some", read(pair.master, got, 4096) > 0);
    (void)collect(pair.master, got, sizeof(got));
    expect_value("room", poll(&one, 1, 1000), 1);
    return program_end();
}
