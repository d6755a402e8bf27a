/* lintel: variants=musl,pie,glibc */
/* What a program is given arrives: arguments and environment of all numbers and sizes, and none. */
#include "again.h"

static void show_strings(const char *what, char *const *strings)
{
    int count = 0;
    size_t total = 0;

    for (; strings[count] != NULL; count++) {
        total += strlen(strings[count]);
        if (count < 6)
            printf("%s[%d] %zu \"%.20s\"\n", what, count, strlen(strings[count]), strings[count]);
    }
    printf("%s: %d, %zu characters\n", what, count, total);
}

/* The strings lie one behind the other, the arguments first. */
static void show_order(int argc, char **argv, char **envp)
{
    char *end = argv[0];

    for (int i = 0; i < argc; i++) {
        expect_true("an argument is where it should be", argv[i] == end);
        end += strlen(argv[i]) + 1;
    }
    for (int i = 0; envp[i] != NULL; i++) {
        expect_true("a variable is where it should be", envp[i] == end);
        end += strlen(envp[i]) + 1;
    }
    expect_true("the vectors follow each other", argv + argc + 1 == envp);
}

static void run(char *const *arguments, char *const *environment)
{
    expect_value("status", run_image(own_path(), arguments, environment), 0);
}

int main(int argc, char **argv, char **envp)
{
    static char huge[100000], *many[1001];

    program_begin();
    if (argc != 1 || strcmp(argv[0], own_path()) != 0) {
        show_strings("argv", argv);
        show_strings("envp", envp);
        if (argc < 6)
            show_order(argc, argv, envp);
        return 0;
    }
    run((char *[]){"name", "one", "two three", "", "\xc3\xa4\x01", NULL}, (char *[]){"A=1", "B=", NULL});
    run((char *[]){"", NULL}, (char *[]){NULL});
    run((char *[]){"name", "", "", NULL}, (char *[]){"", "", NULL});
    memset(huge, 'h', sizeof(huge) - 1);
    run((char *[]){"huge", huge, huge, NULL}, (char *[]){huge, "small", huge, NULL});
    for (int i = 0; i < 1000; i++)
        many[i] = "argument";
    run(many, many);
    run((char *[]){NULL}, (char *[]){"A=1", NULL});
    run(NULL, (char *[]){"A=1", NULL});
    run((char *[]){"no environment", NULL}, NULL);
    run(NULL, NULL);
    return program_end();
}
