/* Processes in a row, joined by pipes: a sieve. The first child counts from 2 up; each one behind it prints
 * the first number that it gets, a prime, and hands on those that this does not divide. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST 40

static void count(int out)
{
    for (int number = 2; number <= LAST; number++)
        write(out, &number, sizeof(number));
}

static void sieve(int in, int out, int prime)
{
    int number;

    while (read(in, &number, sizeof(number)) == sizeof(number)) {
        if (number % prime != 0)
            write(out, &number, sizeof(number));
    }
}

/* Start a process that does one or the other; returns the pipe's end that its numbers come from. */
static int start(int in, int prime)
{
    int ends[2];

    if (pipe(ends) != 0) {
        perror("pipe");
        exit(1);
    }
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        close(ends[0]);
        if (in < 0)
            count(ends[1]);
        else
            sieve(in, ends[1], prime);
        _exit(0);
    }
    close(ends[1]);
    if (in >= 0)
        close(in);
    return ends[0];
}

int main(void)
{
    int in = start(-1, 0), prime, processes = 1;

    printf("primes:");
    fflush(stdout);
    while (read(in, &prime, sizeof(prime)) == sizeof(prime)) {
        printf(" %d", prime);
        fflush(stdout);
        in = start(in, prime);
        processes++;
    }
    close(in);
    while (wait(NULL) > 0)
        processes--;
    printf("\neach found by a process of its own; all of them have ended: %s\n",
           processes == 0 ? "yes" : "NO");
    return processes;
}
