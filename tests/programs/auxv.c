/* lintel: variants=musl,pie,glibc */
/* The auxiliary vector, against what the program can see by itself. */
#include <elf.h>
#include <sys/auxv.h>

#include "program.h"

extern const Elf64_Ehdr __ehdr_start;
extern void _start(void);

int main(void)
{
    const Elf64_Phdr *headers = (const void *)getauxval(AT_PHDR);
    const unsigned char *random = (const void *)getauxval(AT_RANDOM);
    unsigned loads = 0, set = 0;

    program_begin();
    expect_value("AT_PAGESZ", getauxval(AT_PAGESZ), 4096);
    expect_value("AT_CLKTCK", getauxval(AT_CLKTCK), 100);
    expect_value("AT_PHENT", getauxval(AT_PHENT), sizeof(Elf64_Phdr));
    expect_value("AT_PHNUM", getauxval(AT_PHNUM), __ehdr_start.e_phnum);
    expect_true("AT_PHDR is this program's",
                (const char *)headers == (const char *)&__ehdr_start + __ehdr_start.e_phoff);
    for (unsigned i = 0; i < __ehdr_start.e_phnum; i++)
        loads += headers[i].p_type == PT_LOAD;
    expect_true("the program headers are there", loads >= 2);
    expect_true("AT_ENTRY is _start", getauxval(AT_ENTRY) == (unsigned long)_start);
    expect_value("AT_BASE", getauxval(AT_BASE), 0);
    expect_value("AT_FLAGS", getauxval(AT_FLAGS), 0);
    expect_value("AT_SECURE", getauxval(AT_SECURE), 0);
    expect_true("AT_UID is getuid()", getauxval(AT_UID) == getuid());
    expect_true("AT_EUID is geteuid()", getauxval(AT_EUID) == geteuid());
    expect_true("AT_GID is getgid()", getauxval(AT_GID) == getgid());
    expect_true("AT_EGID is getegid()", getauxval(AT_EGID) == getegid());
    for (unsigned i = 0; i < 16; i++)
        set |= random[i];
    expect_true("AT_RANDOM has bytes", set != 0);
    expect_true("AT_EXECFN is a name", ((const char *)getauxval(AT_EXECFN))[0] != '\0');
    expect_text("AT_PLATFORM", (const char *)getauxval(AT_PLATFORM), "x86_64");
    return program_end();
}
