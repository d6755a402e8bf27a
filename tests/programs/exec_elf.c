/* ELF files made byte by byte: what is looked at, and what is not. */
#include <elf.h>
#include <signal.h>

#include "again.h"

#define BASE 0x10000000
#define CODE_AT 0x1000

struct file {
    Elf64_Ehdr header;
    Elf64_Phdr segments[4];
    char rest[3 * PAGE];
};

static struct file file;

/* exit(what lies at BASE + 0x3000, in the second segment) */
static const unsigned char code[] = {0x0f, 0xb6, 0x3c, 0x25, 0x10, 0x30, 0x00, 0x10, /* movzbl, %edi */
                                     0xb8, 60,   0,    0,    0,                      /* mov, %eax */
                                     0x0f, 0x05};                                    /* syscall */

static void make(void)
{
    memset(&file, 0, sizeof(file));
    file.header = (Elf64_Ehdr){
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = BASE + CODE_AT,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2,
    };
    file.segments[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                    .p_flags = PF_R | PF_X,
                                    .p_vaddr = BASE,
                                    .p_filesz = CODE_AT + sizeof(code),
                                    .p_memsz = CODE_AT + sizeof(code),
                                    .p_align = PAGE};
    file.segments[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                    .p_flags = PF_R | PF_W,
                                    .p_offset = 0x2010,
                                    .p_vaddr = BASE + 0x3010,
                                    .p_filesz = 1,
                                    .p_memsz = 0x3000,
                                    .p_align = PAGE};
    memcpy((char *)&file + CODE_AT, code, sizeof(code));
    memset((char *)&file + 0x2000, 0x55, PAGE);
    ((char *)&file)[0x2010] = 42;
}

static void run(const char *what)
{
    write_file("made", &file, sizeof(file), 0755);
    printf("%s: 0x%x\n", what, (unsigned)run_image("./made", (char *[]){"x", NULL}, (char *[]){NULL}));
    make();
}

int main(void)
{
    program_begin();
    make();
    run("as it should be");
    file.header.e_ident[EI_OSABI] = ELFOSABI_GNU;
    run("GNU's ABI");
    file.header.e_ident[EI_ABIVERSION] = 9;
    file.header.e_flags = 0xffff;
    file.header.e_shnum = 0xffff;
    file.header.e_shoff = ~0ul;
    run("what nobody looks at");
    *(int *)((char *)&file + CODE_AT + 4) = BASE + 0x3011;
    run("behind the file's part");
    *(int *)((char *)&file + CODE_AT + 4) = BASE + 0x300f;
    run("before the file's part");
    *(int *)((char *)&file + CODE_AT + 4) = BASE + 0x4000;
    run("in the zeros");
    *(int *)((char *)&file + CODE_AT + 4) = BASE + 0x6fff;
    run("at their page's end");
    *(int *)((char *)&file + CODE_AT + 4) = BASE + 0x2fff;
    run("between the segments");
    file.segments[1].p_memsz = 1;
    *(int *)((char *)&file + CODE_AT + 4) = BASE + 0x3011;
    run("the file goes on in its last page");
    file.header.e_phnum = 3;
    file.segments[2] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
    run("a stack that is not executed");
    file.header.e_phnum = 4;
    file.segments[2] = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = ~0ul, .p_filesz = ~0ul};
    file.segments[3] = (Elf64_Phdr){.p_type = 0x60000000, .p_vaddr = ~0ul, .p_memsz = 1};
    run("headers of other kinds");
    file.segments[0].p_flags = PF_R | PF_W | PF_X;
    run("a segment that is written and executed");
    file.header.e_machine = EM_386;
    run("another machine");
    file.header.e_ident[EI_MAG1] = 'F';
    run("another magic");
    file.header.e_type = ET_REL;
    run("not linked");
    file.header.e_type = ET_CORE;
    run("a core file");
    file.header.e_phnum = 0;
    run("no program headers");
    file.header.e_phentsize = 55;
    run("program headers of another size");
    file.header.e_phoff = 1 << 20;
    run("program headers outside of the file");
    file.header.e_phnum = 3;
    file.segments[2] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = 0x2800, .p_filesz = 10};
    memcpy((char *)&file + 0x2800, "/no/thing", 10);
    run("an interpreter that is missing");
    return program_end();
}
