/* Scripts: which interpreter is started, and with which arguments. */
#include "again.h"

static void run(const char *what, const char *line)
{
    char *text = malloc(strlen(line) + strlen(own_path()) + 1);

    sprintf(text, line, own_path());
    write_text("script", text, 0755);
    free(text);
    printf("-- %s\n", what);
    int status = run_image("./script", (char *[]){"zero", "one", "two", NULL}, (char *[]){"A=1", NULL});
    printf("status 0x%x\n", (unsigned)status);
}

/* A chain of scripts, the last one of which begins this program. */
static void run_chain(int length)
{
    char name[32], next[32], text[64];

    for (int i = 0; i < length; i++) {
        snprintf(name, sizeof(name), "./chain%d", i);
        snprintf(next, sizeof(next), "./chain%d", i + 1);
        snprintf(text, sizeof(text), "#!%s a%d\n", i + 1 == length ? "./program" : next, i);
        write_text(name, text, 0755);
    }
    printf("-- chain of %d\n", length);
    int status = run_image("./chain0", (char *[]){"zero", "one", NULL}, (char *[]){NULL});
    printf("status 0x%x\n", (unsigned)status);
}

int main(int argc, char **argv)
{
    char line[300];

    program_begin();
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            printf("argv[%d] \"%s\"\n", i, argv[i]);
        printf("AT_EXECFN \"%s\"\n", own_path());
        return 0;
    }
    run("no argument", "#!%s\n");
    run("one argument", "#!%s first\n");
    run("blanks", "#! \t %s \t first  second \t \n");
    run("no newline", "#!%s end");
    run("more lines", "#!%s\nsecond line\n");
    run("carriage return", "#!%s arg\r\n");
    run("carriage return in the name", "#!%s\r\n");
    run("missing interpreter", "#!/nothing/there\n");
    run("folder as interpreter", "#!/tmp\n");
    run("not executable", "#!/dev/null\n");
    run("relative name that is not there", "#!program2 x\n");
    symlink(own_path(), "program");
    run("relative name", "#!program x\n");
    for (int length = 1; length <= 7; length++)
        run_chain(length);
    write_text("self", "#!./self\n", 0755);
    expect_error("a script that is its own interpreter",
                 execve("./self", (char *[]){"x", NULL}, (char *[]){NULL}), ELOOP);
    for (int size = 250; size < 262; size++) {
        memset(line, 'y', sizeof(line));
        memcpy(line, "#!./program ", 12);
        line[size] = '\n';
        write_file("script", line, (size_t)size + 1, 0755);
        printf("-- line of %d\n", size);
        int status = run_image("./script", (char *[]){"zero", NULL}, (char *[]){NULL});
        printf("status 0x%x\n", (unsigned)status);
    }
    memset(line, 'z', sizeof(line));
    memcpy(line, "#!", 2);
    write_file("script", line, 299, 0755);
    expect_error("an interpreter's name that is too long",
                 execve("./script", (char *[]){"x", NULL}, (char *[]){NULL}), ENOEXEC);
    return program_end();
}
