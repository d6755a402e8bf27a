/* lintel: variants=musl,pie,glibc args="one --two=2 three.3" */
/* argc, argv and envp as they came. */
#include "program.h"

extern char **environ;

int main(int argc, char **argv, char **envp)
{
    program_begin();
    printf("argc: %d\n", argc);
    for (int i = 1; i < argc; i++)
        printf("argv[%d]: \"%s\"\n", i, argv[i]);
    expect_true("argv has a name", argv[0] != NULL && argv[0][0] != '\0');
    expect_true("argv ends with NULL", argv[argc] == NULL);
    expect_true("envp follows argv", envp == argv + argc + 1);
    expect_true("environ is envp", environ == envp);
    for (int i = 0; envp[i] != NULL; i++)
        printf("envp[%d]: \"%s\"\n", i, envp[i]);
    for (int i = 0; i + 1 < argc; i++)
        expect_true("a string follows the one before", argv[i + 1] == argv[i] + strlen(argv[i]) + 1);
    argv[0][0] = 'U'; /* they may be written to */
    expect_true("setenv", setenv("LINTEL", "stone", 1) == 0);
    expect_text("getenv", getenv("LINTEL"), "stone");
    return program_end();
}
