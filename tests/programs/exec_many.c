/* Many programs, one after the other and at the same time; and a long row, each of which executes the next.
 */
#include "again.h"

#define AT_ONCE 20
#define IN_TURN 100
#define IN_A_ROW 100

static void execute_row(const char *left)
{
    execve(own_path(), (char *[]){"x", (char *)left, NULL}, (char *[]){NULL});
    _exit(98);
}

int main(int argc, char **argv)
{
    char left[16];
    int good = 0, status;
    pid_t children[AT_ONCE];

    program_begin();
    if (argc > 1) {
        int number = atoi(argv[1]);
        if (number == 0)
            return 11;
        snprintf(left, sizeof(left), "%d", number - 1);
        execute_row(left);
    }
    for (int i = 0; i < IN_TURN; i++)
        good += run_image(own_path(), (char *[]){"x", "0", NULL}, (char *[]){NULL}) == 11 << 8;
    expect_value("one after the other", good, IN_TURN);
    for (int i = 0; i < AT_ONCE; i++) {
        children[i] = fork();
        if (children[i] == 0)
            execute_row("3");
    }
    good = 0;
    for (int i = 0; i < AT_ONCE; i++)
        good += waitpid(children[i], &status, 0) == children[i] && status == 11 << 8;
    expect_value("at the same time", good, AT_ONCE);
    snprintf(left, sizeof(left), "%d", IN_A_ROW);
    expect_value("in a row", run_image(own_path(), (char *[]){"x", left, NULL}, (char *[]){NULL}), 11 << 8);
    return program_end();
}
