/* What becomes of memory that is to be writable and executable at once: with wx=strict it is refused. */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#define PAGE 4096

int main(void)
{
    char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    printf("mmap: errno %d\n", map == MAP_FAILED ? errno : 0);
    map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("mprotect: errno %d\n", mprotect(map, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) != 0 ? errno : 0);
    printf("one after the other: errno %d\n", mprotect(map, PAGE, PROT_READ | PROT_EXEC) != 0 ? errno : 0);
    return 0;
}
