/* Memory that processes share: four children add to one sum, behind a semaphore that lies in the same page;
 * and a child's own copy of all else, which nobody sees. */
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 4
#define ROUNDS 1000

struct shared {
    sem_t turn;
    volatile long sum;
    char message[64];
};

static int private_number = 1;

static void add(struct shared *shared, int child)
{
    private_number += child;
    for (int i = 0; i < ROUNDS; i++) {
        sem_wait(&shared->turn);
        shared->sum += child;
        sem_post(&shared->turn);
    }
    if (child == CHILDREN)
        strcpy(shared->message, "greetings from a child");
}

int main(void)
{
    struct shared *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    sem_init(&shared->turn, 1, 1);
    for (int child = 1; child <= CHILDREN; child++) {
        if (fork() == 0) {
            add(shared, child);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        continue;
    printf("%d children added up %ld (%d is right); message: \"%s\"\n", CHILDREN, shared->sum,
           ROUNDS * CHILDREN * (CHILDREN + 1) / 2, shared->message);
    printf("the parent's own number is still %d\n", private_number);
    return shared->sum == ROUNDS * CHILDREN * (CHILDREN + 1) / 2 && private_number == 1 ? 0 : 1;
}
