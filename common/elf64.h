/* ELF, 64 bits, as far as starting a program needs it: System V gABI, chapters "Object Files" and "Program
 * Loading", and the AMD64 supplement. Types, fields and constants bear the names that they have there.
 * Numbers are little-endian; in a file nothing is promised about alignment, so copy before you look. */
#ifndef LINTEL_COMMON_ELF64_H
#define LINTEL_COMMON_ELF64_H

#include <stddef.h>
#include <stdint.h>

/* e_ident */
#define EI_CLASS 4
#define EI_DATA 5
#define EI_VERSION 6
#define EI_OSABI 7
#define EI_NIDENT 16
#define ELFMAG "\177ELF" /* its first bytes */
#define SELFMAG 4
#define ELFCLASS64 2
#define ELFDATA2LSB 1
#define ELFOSABI_SYSV 0
#define ELFOSABI_GNU 3 /* static programs of glibc's: they relocate themselves for IFUNCs */

#define EV_CURRENT 1
#define EM_X86_64 62

/* e_type */
#define ET_EXEC 2 /* at fixed addresses */
#define ET_DYN 3  /* position-independent: static-pie programs, and shared objects */

/* p_type; a program may have others, which are none of the kernel's business */
#define PT_LOAD 1
#define PT_INTERP 3
#define PT_GNU_STACK 0x6474e551 /* its p_flags are those of the stack */

/* p_flags */
#define PF_X 1u
#define PF_W 2u
#define PF_R 4u

typedef struct {
    uint8_t e_ident[EI_NIDENT];
    uint16_t e_type;
    uint16_t e_machine;
    uint32_t e_version;
    uint64_t e_entry; /* address of the first instruction */
    uint64_t e_phoff; /* where the program headers are in the file */
    uint64_t e_shoff;
    uint32_t e_flags;
    uint16_t e_ehsize;
    uint16_t e_phentsize; /* size of a program header */
    uint16_t e_phnum;     /* number of program headers */
    uint16_t e_shentsize;
    uint16_t e_shnum;
    uint16_t e_shstrndx;
} Elf64_Ehdr;

typedef struct {
    uint32_t p_type;
    uint32_t p_flags;
    uint64_t p_offset; /* in the file */
    uint64_t p_vaddr;  /* in memory */
    uint64_t p_paddr;
    uint64_t p_filesz; /* bytes in the file */
    uint64_t p_memsz;  /* bytes in memory, >= p_filesz: the rest is zeroed */
    uint64_t p_align;  /* 0, 1 or a power of two */
} Elf64_Phdr;

_Static_assert(sizeof(Elf64_Ehdr) == 64, "ELF header size");
_Static_assert(offsetof(Elf64_Ehdr, e_type) == 16, "ELF header layout");
_Static_assert(offsetof(Elf64_Ehdr, e_entry) == 24, "ELF header layout");
_Static_assert(offsetof(Elf64_Ehdr, e_phoff) == 32, "ELF header layout");
_Static_assert(offsetof(Elf64_Ehdr, e_phentsize) == 54, "ELF header layout");
_Static_assert(offsetof(Elf64_Ehdr, e_phnum) == 56, "ELF header layout");
_Static_assert(sizeof(Elf64_Phdr) == 56, "program header size");
_Static_assert(offsetof(Elf64_Phdr, p_offset) == 8, "program header layout");
_Static_assert(offsetof(Elf64_Phdr, p_vaddr) == 16, "program header layout");
_Static_assert(offsetof(Elf64_Phdr, p_filesz) == 32, "program header layout");
_Static_assert(offsetof(Elf64_Phdr, p_align) == 48, "program header layout");

#endif
