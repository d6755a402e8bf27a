/* Threads of one program: four cooks put dishes on a counter that has room for three, two waiters carry them
 * away. A mutex guards the counter, and two condition variables let those wait who find it full or empty. */
#include <pthread.h>
#include <stdio.h>

#define COOKS 4
#define WAITERS 2
#define DISHES_EACH 25
#define ROOM 3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_room = PTHREAD_COND_INITIALIZER;
static pthread_cond_t has_dishes = PTHREAD_COND_INITIALIZER;
static int counter[ROOM];
static int dishes;     /* on the counter */
static int most;       /* that ever were */
static int cooks_left; /* who still cook */

static void *cook(void *argument)
{
    int number = *(int *)argument;

    for (int dish = 1; dish <= DISHES_EACH; dish++) {
        pthread_mutex_lock(&lock);
        while (dishes == ROOM)
            pthread_cond_wait(&has_room, &lock);
        counter[dishes++] = number * 100 + dish;
        most = dishes > most ? dishes : most;
        pthread_cond_signal(&has_dishes);
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_lock(&lock);
    cooks_left--;
    pthread_cond_broadcast(&has_dishes);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *waiter(void *argument)
{
    long *sum = argument;

    pthread_mutex_lock(&lock);
    for (;;) {
        while (dishes == 0 && cooks_left > 0)
            pthread_cond_wait(&has_dishes, &lock);
        if (dishes == 0)
            break;
        *sum += counter[--dishes];
        pthread_cond_signal(&has_room);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t cooks[COOKS], waiters[WAITERS];
    int numbers[COOKS];
    long sums[WAITERS] = {0}, sum = 0, wanted = 0;

    cooks_left = COOKS;
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&waiters[i], NULL, waiter, &sums[i]);
    for (int i = 0; i < COOKS; i++) {
        numbers[i] = i + 1;
        pthread_create(&cooks[i], NULL, cook, &numbers[i]);
    }
    for (int i = 0; i < COOKS; i++)
        pthread_join(cooks[i], NULL);
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i], NULL);
        sum += sums[i];
    }
    for (int i = 1; i <= COOKS; i++) {
        for (int dish = 1; dish <= DISHES_EACH; dish++)
            wanted += i * 100 + dish;
    }
    printf("%d cooks made %d dishes, %d waiters carried them away;\n", COOKS, COOKS * DISHES_EACH, WAITERS);
    printf("never more than %d stood on the counter, and none was lost: %s\n", most,
           sum == wanted ? "right" : "WRONG");
    return sum == wanted && most <= ROOM ? 0 : 1;
}
