/* Doubly linked lists whose links lie in the elements. The head is an element of the circle. */
#ifndef LINTEL_LIB_LIST_H
#define LINTEL_LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *previous;
};

/* The structure of type `type` whose member `member` is the link `link`. */
#define list_entry(link, type, member) ((type *)((char *)(link)-offsetof(type, member)))

static inline void list_init(struct list *head)
{
    head->next = head;
    head->previous = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* First element; the head itself if the list is empty. */
static inline struct list *list_first(const struct list *head)
{
    return head->next;
}

static inline void list_push_front(struct list *head, struct list *link)
{
    link->next = head->next;
    link->previous = head;
    head->next->previous = link;
    head->next = link;
}

static inline void list_push_back(struct list *head, struct list *link)
{
    list_push_front(head->previous, link);
}

/* Take an element out of the list it is in. */
static inline void list_remove(struct list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
}

#endif
