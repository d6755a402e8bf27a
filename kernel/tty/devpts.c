/* The file system devpts: a node for each pseudoterminal, by its number, and one for ptmx. There is one of
 * it, wherever it is mounted; its options are those of the last mount. */
#include "abi/errno.h"
#include "fs/devices.h"
#include "fs/file_system_type.h"
#include "fs/text.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/object_cache.h"
#include "tty/pty.h"

#define DEVPTS_MAGIC 0x1cd1
#define ROOT_INO 1
#define MULTIPLEXER_INO 2
#define FIRST_PTY_INO 3
#define MULTIPLEXER_COOKIE 2
#define FIRST_PTY_COOKIE 3
#define NO_ID UINT32_MAX
#define COUNT_MAX_NONE (1u << 20) /* as many as Linux could number */

/* Locks: a = atomic */
static struct {
    struct file_system file_system;
    struct node root;
    struct node multiplexer;
    atomic_uint mode;      /* [a] of terminals */
    atomic_uint uid, gid;  /* [a] likewise; NO_ID: the opener's */
    atomic_uint count_max; /* [a] terminals of lower numbers are made */
} devpts;

static struct object_cache node_cache;

static void devpts_release_node(struct node *node)
{
    object_cache_free(&node_cache, node);
}

static int devpts_get_name(struct node *node, char *name)
{
    const uint64_t rdev = node_get_attributes(node).rdev;

    if (rdev == PTY_MULTIPLEXER)
        return (int)format_to_buffer(name, NAME_MAX, "ptmx");
    return (int)format_to_buffer(name, NAME_MAX, "%u", DEVICE_MINOR(rdev));
}

static const struct node_operations terminal_operations = {.get_name = devpts_get_name,
                                                           .release = devpts_release_node};
static const struct node_operations multiplexer_operations = {.get_name = devpts_get_name};

int devpts_create_node(unsigned number, const struct credentials *who, struct node **ret_node)
{
    const uint32_t uid = atomic_load(&devpts.uid), gid = atomic_load(&devpts.gid);
    const struct node_template template = {
        .mode = S_IFCHR | atomic_load(&devpts.mode),
        .uid = uid == NO_ID ? who->uid : uid,
        .gid = gid == NO_ID ? who->gid : gid,
        .rdev = DEVICE_NUMBER(PTY_MAJOR, number),
    };
    struct node *node = object_cache_alloc(&node_cache);

    if (node == NULL)
        return -ENOMEM;
    node_init(node, &devpts.file_system, &terminal_operations, FIRST_PTY_INO + number, &template);
    node->parent = node_ref(&devpts.root);
    *ret_node = node;
    return 0;
}

/* A number in decimal, without zeros before it; false: it is none. */
static bool parse_number(const char *text, size_t length, unsigned base, uint32_t *ret_number)
{
    uint32_t number = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || (unsigned)(text[i] - '0') >= base || number > UINT32_MAX / 16)
            return false;
        number = number * base + (uint32_t)(text[i] - '0');
    }
    *ret_number = number;
    return length > 0;
}

static int devpts_lookup(struct node *directory, const char *name, size_t length, struct node **ret_node)
{
    uint32_t number;

    (void)directory;
    if (length == 4 && memcmp(name, "ptmx", 4) == 0) {
        *ret_node = node_ref(&devpts.multiplexer);
        return 0;
    }
    if (!parse_number(name, length, 10, &number) || (name[0] == '0' && length > 1))
        return -ENOENT;
    *ret_node = pty_find_node(number);
    return *ret_node == NULL ? -ENOENT : 0;
}

static int devpts_readdir(struct node *directory, uint64_t cookie, struct directory_entry *ret_entry)
{
    (void)directory;
    ret_entry->mode = S_IFCHR;
    if (cookie <= MULTIPLEXER_COOKIE) {
        ret_entry->ino = MULTIPLEXER_INO;
        ret_entry->next_cookie = FIRST_PTY_COOKIE;
        ret_entry->name_length = format_to_buffer(ret_entry->name, sizeof(ret_entry->name), "ptmx");
        return 0;
    }
    if (cookie - FIRST_PTY_COOKIE >= PTY_COUNT_MAX)
        return -ENOENT;
    const unsigned number = pty_next_number((unsigned)(cookie - FIRST_PTY_COOKIE));
    if (number == PTY_COUNT_MAX)
        return -ENOENT;
    ret_entry->ino = FIRST_PTY_INO + number;
    ret_entry->next_cookie = FIRST_PTY_COOKIE + number + 1;
    ret_entry->name_length = format_to_buffer(ret_entry->name, sizeof(ret_entry->name), "%u", number);
    return 0;
}

static const struct node_operations root_operations = {
    .lookup = devpts_lookup,
    .readdir = devpts_readdir,
};

unsigned devpts_count_max(void)
{
    return atomic_load(&devpts.count_max);
}

static void devpts_show_options(struct file_system *file_system, struct text *text)
{
    const uint32_t uid = atomic_load(&devpts.uid), gid = atomic_load(&devpts.gid);

    (void)file_system;
    if (uid != NO_ID)
        text_print(text, ",uid=%u", uid);
    if (gid != NO_ID)
        text_print(text, ",gid=%u", gid);
    text_print(text, ",mode=%03o,ptmxmode=%03o", atomic_load(&devpts.mode),
               node_mode(&devpts.multiplexer) & 0777u);
    if (devpts_count_max() < COUNT_MAX_NONE)
        text_print(text, ",max=%u", devpts_count_max());
}

/* What the options say so far. */
struct devpts_options {
    uint32_t mode, multiplexer_mode, uid, gid, count_max, new_instance;
};

/* One option, "name=value" or "name". */
static bool parse_option(struct devpts_options *options, const char *text, size_t length)
{
    const struct {
        const char *name;
        unsigned base; /* 0: there is no value */
        uint32_t *value;
    } known[] = {
        {"mode=", 8, &options->mode},      {"ptmxmode=", 8, &options->multiplexer_mode},
        {"uid=", 10, &options->uid},       {"gid=", 10, &options->gid},
        {"max=", 10, &options->count_max}, {"newinstance", 0, &options->new_instance},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const size_t name = strlen(known[i].name);
        if (length < name || memcmp(text, known[i].name, name) != 0)
            continue;
        return known[i].base == 0 ? length == name
                                  : parse_number(text + name, length - name, known[i].base, known[i].value);
    }
    return false;
}

static int parse_options(struct devpts_options *options, const char *text, size_t size)
{
    size_t at = 0;

    while (at < size && text[at] != '\0') {
        size_t end = at;
        while (end < size && text[end] != '\0' && text[end] != ',')
            end++;
        if (end > at && !parse_option(options, text + at, end - at))
            return -EINVAL;
        at = end < size && text[end] == ',' ? end + 1 : end;
    }
    return 0;
}

static int devpts_mount(const char *text, size_t size, struct file_system **ret_file_system)
{
    static const struct credentials superuser;
    struct devpts_options options = {.mode = 0600, .uid = NO_ID, .gid = NO_ID, .count_max = COUNT_MAX_NONE};
    const int error = parse_options(&options, text, size);

    if (error != 0)
        return error;
    if (options.count_max > COUNT_MAX_NONE)
        return -EINVAL;
    atomic_store(&devpts.mode, options.mode & 0777);
    atomic_store(&devpts.uid, options.uid);
    atomic_store(&devpts.gid, options.gid);
    atomic_store(&devpts.count_max, options.count_max);
    (void)node_set_mode(&devpts.multiplexer, &superuser, options.multiplexer_mode & 0777);
    *ret_file_system = &devpts.file_system;
    return 0;
}

/* It is there for good. */
static void devpts_destroy(struct file_system *file_system)
{
    (void)file_system;
}

void devpts_setup(void)
{
    static struct file_system_type type = {.name = "devpts", .create = devpts_mount};
    static const struct node_template root = {.mode = S_IFDIR | 0755};
    static const struct node_template multiplexer = {.mode = S_IFCHR, .rdev = PTY_MULTIPLEXER};

    object_cache_init(&node_cache, "devpts node", sizeof(struct node), 8);
    devpts.file_system.dev = file_system_next_dev();
    devpts.file_system.name = type.name;
    devpts.file_system.magic = DEVPTS_MAGIC;
    devpts.file_system.destroy = devpts_destroy;
    devpts.file_system.show_options = devpts_show_options;
    devpts.file_system.root = &devpts.root;
    atomic_init(&devpts.mode, 0600);
    atomic_init(&devpts.uid, NO_ID);
    atomic_init(&devpts.gid, NO_ID);
    atomic_init(&devpts.count_max, COUNT_MAX_NONE);
    node_init(&devpts.root, &devpts.file_system, &root_operations, ROOT_INO, &root);
    devpts.root.parent = &devpts.root;
    node_init(&devpts.multiplexer, &devpts.file_system, &multiplexer_operations, MULTIPLEXER_INO,
              &multiplexer);
    devpts.multiplexer.parent = node_ref(&devpts.root);
    file_system_type_add(&type);
}
