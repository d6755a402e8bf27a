#include "fs/file_system_type.h"

#include "lib/string.h"

static struct file_system_type *types;

void file_system_type_add(struct file_system_type *type)
{
    type->next = types;
    types = type;
}

const struct file_system_type *file_system_type_next(const struct file_system_type *type)
{
    return type == NULL ? types : type->next;
}

const struct file_system_type *file_system_type_find(const char *name)
{
    const struct file_system_type *type = types;

    while (type != NULL && strcmp(type->name, name) != 0)
        type = type->next;
    return type;
}
