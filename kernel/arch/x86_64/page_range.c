/* All walks are alike: a function for one table clips the range to each entry and goes down. Levels count
 * from 4, the PML4's, to 1. */
#include "arch/x86_64/page_range.h"

#include <stddef.h>

#include "arch/x86_64/page_table_internal.h"
#include "arch/x86_64/table_pool.h"
#include "boot_info.h"

/* A table, and the part of it that a walk is about. */
struct walk {
    pte_t *entries;
    unsigned level;
    vaddr_t start, end; /* not empty; inside the table */
};

static vaddr_t entry_end(vaddr_t address, unsigned level)
{
    return (address & ~(table_span(level) - 1)) + table_span(level);
}

static struct walk walk_root(const struct page_table *table, vaddr_t start, vaddr_t end)
{
    return (struct walk){table_at(table->root), PAGE_LEVELS, start, end};
}

/* The table below `entry`, which spans the walk's start. */
static struct walk walk_down(const struct walk *walk, uint64_t entry)
{
    vaddr_t end = entry_end(walk->start, walk->level);

    return (struct walk){table_at(entry & PTE_ADDRESS_MASK), walk->level - 1, walk->start,
                         end < walk->end ? end : walk->end};
}

static pte_t *walk_entry(const struct walk *walk)
{
    return &walk->entries[table_index(walk->start, walk->level)];
}

static void walk_next(struct walk *walk)
{
    walk->start = entry_end(walk->start, walk->level);
}

/* The entry of the page; NULL if there is no table for it. */
static pte_t *range_entry(const struct page_table *table, vaddr_t page)
{
    pte_t *entry = &table_at(table->root)[table_index(page, PAGE_LEVELS)];

    for (unsigned level = PAGE_LEVELS - 1; level > 0; level--) {
        if ((*entry & PTE_PRESENT) == 0)
            return NULL;
        entry = &table_at(*entry & PTE_ADDRESS_MASK)[table_index(page, level)];
    }
    return entry;
}

static struct page_range_entry entry_describe(pte_t *place)
{
    const uint64_t entry = *place, both = PTE_PRESENT | PTE_WRITE;

    return (struct page_range_entry){entry & PTE_ADDRESS_MASK, (entry & both) == both, place};
}

bool page_range_lookup(const struct page_table *table, vaddr_t page, struct page_range_entry *ret_entry)
{
    pte_t *entry = range_entry(table, page);

    if (entry == NULL || *entry == 0)
        return false;
    *ret_entry = entry_describe(entry);
    return true;
}

struct visit {
    void (*visit)(void *argument, const struct page_range_entry *entry);
    void *argument;
};

static void table_visit(struct walk walk, const struct visit *to)
{
    for (; walk.start < walk.end; walk_next(&walk)) {
        pte_t *place = walk_entry(&walk);
        if (*place == 0)
            continue;
        if (walk.level > 1) {
            table_visit(walk_down(&walk, *place), to);
            continue;
        }
        const struct page_range_entry page = entry_describe(place);
        to->visit(to->argument, &page);
    }
}

void page_range_visit(const struct page_table *table, vaddr_t start, vaddr_t end,
                      void (*visit)(void *argument, const struct page_range_entry *entry), void *argument)
{
    const struct visit to = {visit, argument};

    table_visit(walk_root(table, start, end), &to);
}

int page_range_reach(struct page_table *table, vaddr_t page, struct page_range_entry *ret_entry)
{
    pte_t *entry;
    int error = page_table_entry(table, page, MAP_USER, &entry);

    if (error == 0)
        *ret_entry = entry_describe(entry);
    return error;
}

void page_range_set(const struct page_range_entry *entry, paddr_t frame, uint32_t protection)
{
    *entry->place = frame | page_table_bits(protection);
}

static bool table_detach(struct walk walk, vaddr_t floor, vaddr_t ceiling)
{
    bool has_changed = false;

    for (; walk.start < walk.end; walk_next(&walk)) {
        pte_t *entry = walk_entry(&walk);
        vaddr_t end = entry_end(walk.start, walk.level);
        if ((*entry & PTE_PRESENT) == 0)
            continue;
        if (walk.level == 1 || (end - table_span(walk.level) >= floor && end <= ceiling)) {
            *entry &= ~PTE_PRESENT;
            has_changed = true;
        } else {
            has_changed |= table_detach(walk_down(&walk, *entry), floor, ceiling);
        }
    }
    return has_changed;
}

bool page_range_detach(struct page_table *table, vaddr_t start, vaddr_t end, vaddr_t floor, vaddr_t ceiling)
{
    return table_detach(walk_root(table, start, end), floor, ceiling);
}

struct release {
    struct page_table *table;
    void (*release)(void *argument, paddr_t frame);
    void *argument;
};

static void table_release_all(const struct release *to, uint64_t pointer, unsigned level);

/* Free all below entries [index, end) of a table. */
static void table_release_entries(const struct release *to, pte_t *entries, unsigned level, unsigned index,
                                  unsigned end)
{
    for (index = table_find_used(entries, index, end); index < end;
         index = table_find_used(entries, index + 1, end)) {
        if (level == 1)
            to->release(to->argument, entries[index] & PTE_ADDRESS_MASK);
        else
            table_release_all(to, entries[index], level - 1);
        entries[index] = 0;
    }
}

static void table_release_groups(const struct release *to, pte_t *entries, unsigned level, unsigned groups)
{
    for (; groups != 0; groups &= groups - 1) {
        unsigned first = (unsigned)__builtin_ctz(groups) * TABLE_GROUP_ENTRIES;
        table_release_entries(to, entries, level, first, first + TABLE_GROUP_ENTRIES);
    }
}

/* Free all below the table of `pointer`, which is out of reach, and the table. */
static void table_release_all(const struct release *to, uint64_t pointer, unsigned level)
{
    const paddr_t table = pointer & PTE_ADDRESS_MASK;

    table_release_groups(to, table_at(table), level, table_used_groups(pointer));
    table_pool_free(table);
    to->table->table_count--;
}

static void table_release(const struct release *to, struct walk walk)
{
    for (; walk.start < walk.end; walk_next(&walk)) {
        pte_t *entry = walk_entry(&walk);
        if (*entry == 0)
            continue;
        if ((*entry & PTE_PRESENT) == 0) {
            if (walk.level == 1)
                to->release(to->argument, *entry & PTE_ADDRESS_MASK);
            else
                table_release_all(to, *entry, walk.level - 1);
            *entry = 0;
        } else if (walk.level > 1) {
            table_release(to, walk_down(&walk, *entry));
        }
    }
}

void page_range_release(struct page_table *table, vaddr_t start, vaddr_t end,
                        void (*release)(void *argument, paddr_t frame), void *argument)
{
    const struct release to = {table, release, argument};

    table_release(&to, walk_root(table, start, end));
}

void page_range_release_all(struct page_table *table, void (*release)(void *argument, paddr_t frame),
                            void *argument)
{
    const struct release to = {table, release, argument};
    const unsigned groups = table_used_groups(table->root_groups) & ((1u << TABLE_GROUPS_KERNEL_HALF) - 1);

    table_release_groups(&to, table_at(table->root), PAGE_LEVELS, groups);
    table->root_groups = 0;
}

struct protect {
    uint64_t bits;
    bool (*may_write)(paddr_t frame);
};

static bool entry_protect(const struct protect *how, pte_t *entry)
{
    uint64_t old = *entry, frame = old & PTE_ADDRESS_MASK, bits = how->bits;

    if ((bits & PTE_WRITE) != 0 && how->may_write != NULL && !how->may_write(frame))
        bits &= ~(PTE_WRITE | PTE_DIRTY);
    *entry = frame | bits;
    return (old & PTE_PRESENT) != 0 &&
           ((bits & PTE_PRESENT) == 0 || (old & ~bits & PTE_WRITE) != 0 || (bits & ~old & PTE_NX) != 0);
}

static bool table_protect(const struct protect *how, struct walk walk)
{
    bool is_narrower = false;

    for (; walk.start < walk.end; walk_next(&walk)) {
        pte_t *entry = walk_entry(&walk);
        if (*entry == 0)
            continue;
        if (walk.level == 1)
            is_narrower |= entry_protect(how, entry);
        else
            is_narrower |= table_protect(how, walk_down(&walk, *entry));
    }
    return is_narrower;
}

bool page_range_protect(struct page_table *table, vaddr_t start, vaddr_t end, uint32_t protection,
                        bool (*may_write)(paddr_t frame))
{
    struct protect how = {page_table_bits(protection), may_write};

    if ((protection & (MAP_READ | MAP_WRITE | MAP_EXECUTE)) == 0)
        how.bits &= ~PTE_PRESENT;
    return table_protect(&how, walk_root(table, start, end));
}

struct share {
    struct page_table *to;
    int (*reference)(void *argument, paddr_t frame);
    void *argument;
};

/* The last level: source and destination tables are walked side by side. */
static int table_share_pages(const struct share *how, const struct walk *walk)
{
    const unsigned end = table_index(walk->end - PAGE_SIZE, 1) + 1;
    const vaddr_t base = walk->start & ~(table_span(2) - 1);
    unsigned group_end = 0; /* so far the destination's entries are noted as used */
    pte_t *from = walk->entries, *to = NULL;

    for (unsigned i = table_find_used(from, table_index(walk->start, 1), end); i < end;
         i = table_find_used(from, i + 1, end)) {
        if (i >= group_end) {
            pte_t *entry;
            int error = page_table_entry(how->to, base + i * PAGE_SIZE, MAP_USER, &entry);
            if (error != 0)
                return error;
            to = entry - i;
            group_end = (i | (TABLE_GROUP_ENTRIES - 1)) + 1;
        }
        int error = how->reference(how->argument, from[i] & PTE_ADDRESS_MASK);
        if (error != 0)
            return error;
        if ((from[i] & PTE_WRITE) != 0)
            from[i] &= ~(PTE_WRITE | PTE_DIRTY);
        to[i] = from[i];
    }
    return 0;
}

static int table_share(const struct share *how, struct walk walk)
{
    int error = 0;

    if (walk.level == 1)
        return table_share_pages(how, &walk);
    for (; walk.start < walk.end && error == 0; walk_next(&walk)) {
        pte_t *entry = walk_entry(&walk);
        if (*entry != 0)
            error = table_share(how, walk_down(&walk, *entry));
    }
    return error;
}

int page_range_share(struct page_table *from, struct page_table *to, vaddr_t start, vaddr_t end,
                     int (*reference)(void *argument, paddr_t frame), void *argument)
{
    const struct share how = {to, reference, argument};

    return table_share(&how, walk_root(from, start, end));
}

/* The next page from `page` on whose table exists; `end` if there is none below it. */
static vaddr_t range_skip(const struct page_table *table, vaddr_t page, vaddr_t end)
{
    while (page < end) {
        unsigned level = PAGE_LEVELS;
        uint64_t entry = table_at(table->root)[table_index(page, level)];

        while (level > 2 && (entry & PTE_PRESENT) != 0) {
            level--;
            entry = table_at(entry & PTE_ADDRESS_MASK)[table_index(page, level)];
        }
        if ((entry & PTE_PRESENT) != 0)
            break;
        page = entry_end(page, level);
    }
    return page < end ? page : end;
}

int page_range_move_prepare(struct page_table *table, vaddr_t from, vaddr_t to, uint64_t size)
{
    const vaddr_t end = from + size;

    for (vaddr_t page = range_skip(table, from, end); page < end; page = range_skip(table, page, end)) {
        vaddr_t table_end = entry_end(page, 2) < end ? entry_end(page, 2) : end;
        pte_t *entry;
        int error = page_table_entry(table, to + (page - from), MAP_USER, &entry);
        if (error == 0)
            error = page_table_entry(table, to + (table_end - PAGE_SIZE - from), MAP_USER, &entry);
        if (error != 0)
            return error;
        page = table_end;
    }
    return 0;
}

bool page_range_move(struct page_table *table, vaddr_t from, vaddr_t to, uint64_t size)
{
    const vaddr_t end = from + size;
    bool has_changed = false;

    for (vaddr_t page = range_skip(table, from, end); page < end; page = range_skip(table, page, end)) {
        vaddr_t table_end = entry_end(page, 2) < end ? entry_end(page, 2) : end;
        for (; page < table_end; page += PAGE_SIZE) {
            pte_t *source = range_entry(table, page);
            if (*source == 0)
                continue;
            pte_t *destination;
            (void)page_table_entry(table, to + (page - from), MAP_USER, &destination); /* it is there */
            *destination = *source;
            has_changed |= (*source & PTE_PRESENT) != 0;
            *source = 0;
        }
    }
    return has_changed;
}
