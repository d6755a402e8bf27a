/* lintel: variants=musl,pie,glibc */
/* A new program's memory: nothing of the old one, data as in the file, zeros where there is nothing in it. */
#include <signal.h>
#include <sys/mman.h>

#include "again.h"

static int data[3000] = {1, 2, 3};
static char zeros[50000];
static const int constants[5] = {4, 5, 6};

static void write_constant(void *unused)
{
    (void)unused;
    *(volatile int *)&constants[0] = 7;
}

static void write_text_segment(void *unused)
{
    (void)unused;
    *(volatile char *)write_constant = 7;
}

static void execute_data(void *unused)
{
    (void)unused;
    ((void (*)(void))data)();
}

static void execute_stack(void *unused)
{
    volatile unsigned char code[16] = {0xc3};

    (void)unused;
    ((void (*)(void))code)();
}

static void execute_heap(void *unused)
{
    unsigned char *code = malloc(100);

    (void)unused;
    code[0] = 0xc3;
    ((void (*)(void))code)();
}

static void check_contents(void)
{
    int wrong = 0;

    for (size_t i = 0; i < sizeof(zeros); i++)
        wrong += zeros[i] != 0;
    for (size_t i = 0; i < COUNT_OF(data); i++)
        wrong += data[i] != (i < 3 ? (int)i + 1 : 0);
    expect_value("wrong bytes", wrong, 0);
    expect_value("constants", constants[0] + constants[4], 4);
}

static void change_and_execute(void *again)
{
    memset(zeros, 1, sizeof(zeros));
    memset(data, 1, sizeof(data));
    void *map = mmap((void *)0x10000000, 8 * PAGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    void *shared =
        mmap((void *)0x20000000, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    memset(map, 1, 8 * PAGE);
    memset(shared, 1, PAGE);
    sbrk(100 * PAGE);
    execve(own_path(), (char *[]){"x", again, NULL}, (char *[]){NULL});
    printf("execve: errno %d\n", errno);
}

int main(int argc, char **argv)
{
    program_begin();
    if (argc > 1) {
        check_contents();
        expect_error("the old mappings are gone", msync((void *)0x10000000, PAGE, 0), ENOMEM);
        expect_error("the shared one, too", msync((void *)0x20000000, PAGE, 0), ENOMEM);
        if (strcmp(argv[1], "first") == 0)
            change_and_execute("second");
        return program_end();
    }
    expect_value("status", in_child(change_and_execute, "first"), 0);
    expect_value("constants cannot be written", in_child(write_constant, NULL), SIGSEGV);
    expect_value("nor can text", in_child(write_text_segment, NULL), SIGSEGV);
    expect_value("data is not executed", in_child(execute_data, NULL), SIGSEGV);
    expect_value("nor is the stack", in_child(execute_stack, NULL), SIGSEGV);
    expect_value("nor is the heap", in_child(execute_heap, NULL), SIGSEGV);
    check_contents();
    return program_end();
}
