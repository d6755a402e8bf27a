/* The frame allocator against an oracle that knows, for each frame, whether somebody has it. */
#include "mm/frames.h"

#include <stdbool.h>
#include <stdlib.h>

#include "abi/errno.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "fake_panic.h"
#include "test.h"

#define SECTION_SIZE (128 * MIB)
#define SECTION_HEADS 8 /* frames of bookkeeping in each section in use */

#define MAP_MAX 400

struct machine {
    const char *name;
    struct boot_memory_region map[MAP_MAX];
    size_t count;
};

/* What an oracle knows of the machine under test. */
static const struct machine *machine;
static uint8_t *frame_is_used; /* bit a frame */
static uint64_t frame_count;

struct block {
    paddr_t address;
    unsigned order;
};

#define F MEMORY_FREE
#define B MEMORY_BOOTLOADER_RECLAIMABLE

static struct machine machines[] = {
    {"one region", {REGION(MIB, 64 * MIB, F)}, 1},
    {"one region from address 0", {REGION(0, 64 * MIB, F)}, 1},
    {"region from below 1 MiB and the largest above",
     {REGION(0x90000, 40 * MIB, F), REGION(50 * MIB, 140 * MIB, B)},
     2},
    {"a PC: holes, every type",
     {REGION(0x1000, 0x9f000, F), REGION(0x9f000, 0x100000, MEMORY_RESERVED), REGION(MIB, 8 * MIB, B),
      REGION(8 * MIB, 9 * MIB, MEMORY_ACPI_NVS), REGION(9 * MIB, 9 * MIB + 0x1000, F),
      REGION(9 * MIB + 0x1000, 10 * MIB, MEMORY_KERNEL_CODE), REGION(10 * MIB, 11 * MIB, MEMORY_KERNEL_DATA),
      REGION(11 * MIB, 12 * MIB, MEMORY_KERNEL_STACK), REGION(12 * MIB, 13 * MIB, MEMORY_USER_CODE),
      REGION(13 * MIB, 14 * MIB, MEMORY_USER_DATA), REGION(14 * MIB, 15 * MIB, MEMORY_USER_STACK),
      REGION(15 * MIB, 100 * MIB + 0x3000, F), REGION(100 * MIB + 0x3000, 101 * MIB, MEMORY_RUNTIME_SERVICES),
      REGION(101 * MIB, 102 * MIB, MEMORY_ACPI_RECLAIMABLE), REGION(102 * MIB, 120 * MIB, B),
      REGION(120 * MIB, 130 * MIB, MEMORY_MMIO), REGION(130 * MIB, 200 * MIB, F)},
     17},
    {"regions across sections",
     {REGION(100 * MIB, 128 * MIB + 0x1000, F), REGION(128 * MIB + 0x2000, 384 * MIB + 0x5000, F)},
     2},
    {"sections with 8 and with 9 frames in a row",
     {REGION(MIB, 20 * MIB, F), REGION(SECTION_SIZE, SECTION_SIZE + 0x8000, F),
      REGION(SECTION_SIZE + 0x9000, SECTION_SIZE + 0x11000, F),
      REGION(2 * SECTION_SIZE + 0x3000, 2 * SECTION_SIZE + 0xc000, F),
      REGION(2 * SECTION_SIZE + 0x10000, 2 * SECTION_SIZE + 0x11000, F)},
     5},
    {"a region that ends one frame into a section", {REGION(MIB, SECTION_SIZE + 0x1000, F)}, 1},
    {"a little memory at 1 TiB", {REGION(MIB, 3 * MIB, F), REGION(TIB, TIB + 9 * MIB, F)}, 2},
    {"the least: a table and one section's bytes and a frame", {REGION(MIB, MIB + 0xa000, F)}, 1},
};

static bool frame_is_free_ram(paddr_t frame)
{
    for (size_t i = 0; i < machine->count; i++) {
        const struct boot_memory_region *region = &machine->map[i];
        if (frame >= region->base && frame - region->base < region->size_pages * PAGE_SIZE)
            return frame >= MIB && (region->type == F || region->type == B);
    }
    return false;
}

static uint64_t usable_frames(void)
{
    uint64_t frames = 0;

    for (size_t i = 0; i < machine->count; i++) {
        if (machine->map[i].type == F || machine->map[i].type == B)
            frames += machine->map[i].size_pages;
    }
    return frames;
}

static int machine_start(const struct machine *next)
{
    const struct boot_memory_region *last = &next->map[next->count - 1];

    machine = next;
    frame_count = last->base / PAGE_SIZE + last->size_pages;
    free(frame_is_used);
    frame_is_used = calloc(frame_count / 8 + 1, 1);
    return frames_init(next->map, next->count, fake_memory_create(next->map, next->count));
}

static void oracle_mark(struct block block, bool is_used)
{
    uint64_t first = block.address / PAGE_SIZE;

    for (uint64_t frame = first; frame < first + (1ull << block.order); frame++) {
        uint8_t bit = (uint8_t)(1u << frame % 8);
        if (((frame_is_used[frame / 8] & bit) != 0) == is_used)
            fail_msg("%s: frame 0x%lx is handed out twice", machine->name, (paddr_t)(frame * PAGE_SIZE));
        frame_is_used[frame / 8] ^= bit;
    }
}

/* Allocate; check what comes; and overwrite it, as the bookkeeping must not lie in it. */
static bool checked_alloc(unsigned order, struct block *ret_block)
{
    struct frames_stats before = frames_get_stats();
    paddr_t address;
    int error = frames_alloc(order, &address);

    assert_true(fake_cpu.interrupts_are_enabled);
    if (error != 0) {
        assert_int_equal(error, -ENOMEM);
        return false;
    }
    *ret_block = (struct block){address, order};
    assert_int_equal(address & ((PAGE_SIZE << order) - 1), 0);
    assert_true(address / PAGE_SIZE + (1ull << order) <= frame_count);
    for (paddr_t at = address; at < address + (PAGE_SIZE << order); at += PAGE_SIZE) {
        if (!frame_is_free_ram(at))
            fail_msg("%s: frame 0x%lx is not free RAM", machine->name, at);
        memset(direct_map(at), 0xa5, 64);
        memset(direct_map(at + PAGE_SIZE - 64), 0xa5, 64);
    }
    oracle_mark(*ret_block, true);

    struct frames_stats after = frames_get_stats(); /* opening sections has its price, too */
    assert_int_equal(before.free - (before.total - before.overhead),
                     after.free + (1ull << order) - (after.total - after.overhead));
    return true;
}

static void checked_free(struct block block)
{
    oracle_mark(block, false);
    frames_free(block.address, block.order);
    assert_true(fake_cpu.interrupts_are_enabled);
}

/* Allocate blocks of an order until there are none. The caller frees the array. */
static struct block *exhaust(unsigned order, size_t *ret_count)
{
    struct block *blocks = malloc((usable_frames() + 1) * sizeof(blocks[0]));
    size_t count = 0;

    while (checked_alloc(order, &blocks[count]))
        count++;
    *ret_count = count;
    return blocks;
}

static void shuffle(struct block *blocks, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = random_below(i);
        struct block block = blocks[i - 1];
        blocks[i - 1] = blocks[other];
        blocks[other] = block;
    }
}

static void free_all(struct block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        checked_free(blocks[i]);
    free(blocks);
}

static int compare_blocks(const void *a, const void *b)
{
    const struct block *left = a, *right = b;

    return left->address < right->address ? -1 : left->address > right->address;
}

/* How many blocks of each order the frames make up when all are free and merged. */
static void count_merged(struct block *frames, size_t count, uint64_t expected[FRAMES_MAX_ORDER + 1])
{
    qsort(frames, count, sizeof(frames[0]), compare_blocks);
    memset(expected, 0, sizeof(expected[0]) * (FRAMES_MAX_ORDER + 1));
    for (size_t i = 0; i < count;) {
        unsigned order = FRAMES_MAX_ORDER;
        while ((frames[i].address & ((PAGE_SIZE << order) - 1)) != 0 || i + (1ull << order) > count ||
               frames[i + (1ull << order) - 1].address - frames[i].address !=
                   ((1ull << order) - 1) * PAGE_SIZE)
            order--;
        expected[order]++;
        i += 1ull << order;
    }
}

/* Take all frames one by one, then give them back in any order: the free lists must then hold the largest
 * blocks there can be, which shows when blocks are taken from the largest order down. */
static void exhausted_memory_comes_back_and_merges(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(machines); i++) {
        uint64_t expected[FRAMES_MAX_ORDER + 1];
        struct block *blocks[FRAMES_MAX_ORDER + 1];
        size_t count, counts[FRAMES_MAX_ORDER + 1];

        assert_int_equal(machine_start(&machines[i]), 0);
        struct frames_stats fresh = frames_get_stats();
        assert_int_equal(fresh.total + fresh.left_out, usable_frames());
        assert_int_equal(fresh.free, fresh.total - fresh.overhead);

        struct block *frames = exhaust(0, &count);
        struct frames_stats full = frames_get_stats();
        assert_int_equal(full.free, 0);
        assert_int_equal(count, full.total - full.overhead);
        assert_int_equal(full.total + full.left_out, usable_frames());

        count_merged(frames, count, expected);
        shuffle(frames, count);
        free_all(frames, count);
        assert_int_equal(frames_get_stats().free, count);

        for (int order = FRAMES_MAX_ORDER; order >= 0; order--) {
            blocks[order] = exhaust((unsigned)order, &counts[order]);
            if (counts[order] != expected[order])
                fail_msg("%s: %lu blocks of order %d, expected %lu", machines[i].name, counts[order], order,
                         expected[order]);
        }
        assert_int_equal(frames_get_stats().free, 0);
        for (int order = 0; order <= FRAMES_MAX_ORDER; order++)
            free_all(blocks[order], counts[order]);
        assert_int_equal(frames_get_stats().free, count);
    }
}

static void every_order_can_be_exhausted(void **state)
{
    (void)state;
    for (unsigned order = 0; order <= FRAMES_MAX_ORDER; order++) {
        size_t count;
        assert_int_equal(machine_start(&machines[3]), 0);
        struct block *blocks = exhaust(order, &count);
        assert_true(count > 0);
        assert_int_equal(frames_get_stats().free + (count << order),
                         frames_get_stats().total - frames_get_stats().overhead);
        shuffle(blocks, count);
        free_all(blocks, count);
        assert_int_equal(frames_get_stats().free, frames_get_stats().total - frames_get_stats().overhead);
    }
}

static void orders_above_the_largest_are_refused(void **state)
{
    paddr_t block = 0x1234;

    (void)state;
    assert_int_equal(machine_start(&machines[0]), 0);
    assert_int_equal(frames_alloc(FRAMES_MAX_ORDER + 1, &block), -ENOMEM);
    assert_int_equal(frames_alloc(64, &block), -ENOMEM);
    assert_int_equal(frames_alloc(~0u, &block), -ENOMEM);
    assert_int_equal(block, 0x1234);
}

static void sections_too_small_to_track_are_left_out(void **state)
{
    size_t count;

    (void)state;
    assert_int_equal(machine_start(&machines[5]), 0);
    free(exhaust(0, &count));
    struct frames_stats stats = frames_get_stats();
    assert_int_equal(stats.left_out, 16);                    /* the second section's */
    assert_int_equal(stats.overhead, 1 + 2 * SECTION_HEADS); /* table, first and third section */
    assert_int_equal(count, 19 * MIB / PAGE_SIZE + 10 - stats.overhead);
}

static void maps_without_room_are_refused(void **state)
{
    static const struct machine cases[] = {
        {"nothing but a reserved region", {REGION(MIB, 2 * MIB, MEMORY_RESERVED)}, 1},
        {"all below 1 MiB", {REGION(0x1000, 0xa0000, F)}, 1},
        {"no region for the table of 4 TiB's sections",
         {REGION(MIB, MIB + 0x1000, F), REGION(4 * TIB, 4 * TIB + 0x1000, F)},
         2},
    };
    paddr_t block;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(machine_start(&cases[i]), -ENOMEM);
    assert_int_equal(frames_init(NULL, 0, fake_memory_create(NULL, 0)), -ENOMEM);
    assert_int_equal(frames_alloc(0, &block), -ENOMEM);
}

/* A map with hundreds of regions of random sizes and types, sometimes next to each other. */
static void random_map(struct machine *ret_machine)
{
    paddr_t at = random_below(512) * PAGE_SIZE;

    ret_machine->name = "random map";
    ret_machine->count = 1 + random_below(MAP_MAX - 1);
    for (size_t i = 0; i < ret_machine->count; i++) {
        uint64_t pages = 1 + random_below(1ull << random_below(9));
        uint32_t type = random_below(3) != 0 ? random_below(2) : random_below(MEMORY_TYPE_COUNT);
        if (random_below(2) == 0)
            at += (1 + random_below(1ull << random_below(11))) * PAGE_SIZE;
        ret_machine->map[i] = (struct boot_memory_region){at, pages, type, 0};
        at += pages * PAGE_SIZE;
    }
}

static void random_maps_are_handed_out_exactly(void **state)
{
    static struct machine random_machine;

    (void)state;
    for (int round = 0; round < 60; round++) {
        size_t count;
        random_map(&random_machine);
        if (machine_start(&random_machine) != 0)
            continue;
        struct block *frames = exhaust(0, &count);
        assert_int_equal(frames_get_stats().free, 0);
        assert_int_equal(frames_get_stats().total + frames_get_stats().left_out, usable_frames());
        assert_int_equal(count, frames_get_stats().total - frames_get_stats().overhead);
        shuffle(frames, count);
        free_all(frames, count);
        assert_int_equal(frames_get_stats().free, count);
    }
}

#define RANDOM_STEPS 1000000
#define RANDOM_BLOCKS 3000

static void a_million_random_steps_keep_to_the_oracle(void **state)
{
    static struct block live[RANDOM_BLOCKS];
    size_t count = 0;
    uint64_t used = 0;

    (void)state;
    assert_int_equal(machine_start(&machines[3]), 0);
    for (int step = 0; step < RANDOM_STEPS; step++) {
        bool is_growing = step / 20000 % 2 == 0;
        if (count < RANDOM_BLOCKS && (count == 0 || random_below(8) < (is_growing ? 5 : 3))) {
            unsigned order =
                (unsigned)(random_below(4) == 0 ? random_below(FRAMES_MAX_ORDER + 1) : random_below(3));
            if (checked_alloc(order, &live[count]))
                used += 1ull << live[count++].order;
        } else {
            size_t victim = random_below(count);
            used -= 1ull << live[victim].order;
            checked_free(live[victim]);
            live[victim] = live[--count];
        }
    }
    struct frames_stats stats = frames_get_stats();
    assert_int_equal(stats.free + used, stats.total - stats.overhead);
    while (count > 0)
        checked_free(live[--count]);
    stats = frames_get_stats();
    assert_int_equal(stats.free, stats.total - stats.overhead);
}

static void zeroed_frames_are_zero(void **state)
{
    static const char zeros[PAGE_SIZE];
    struct block dirty;
    paddr_t frame;

    (void)state;
    assert_int_equal(machine_start(&machines[8]), 0);
    assert_true(checked_alloc(0, &dirty)); /* the only one */
    memset(direct_map(dirty.address), 0xa5, PAGE_SIZE);
    assert_int_equal(frames_alloc_zeroed(&frame), -ENOMEM);
    checked_free(dirty);
    assert_int_equal(frames_alloc_zeroed(&frame), 0);
    assert_int_equal(frame, dirty.address);
    assert_memory_equal(direct_map(frame), zeros, PAGE_SIZE);
}

static void frees_of_what_is_not_allocated_panic(void **state)
{
    struct block single, pair, large;

    (void)state;
    assert_int_equal(machine_start(&machines[3]), 0);
    assert_true(checked_alloc(1, &pair));
    assert_true(checked_alloc(0, &single));
    assert_true(checked_alloc(FRAMES_MAX_ORDER, &large));
    assert_panics("", frames_free(single.address, 0)); /* the test's own test: no panic */

    const struct {
        const char *what;
        paddr_t block;
        unsigned order;
    } cases[] = {
        {"misaligned", single.address + 8, 0},
        {"misaligned for its order", pair.address + PAGE_SIZE, 1},
        {"not a whole block", pair.address, 0},
        {"the inside of a block", large.address + 4 * PAGE_SIZE, 0},
        {"more than the block", single.address, FRAMES_MAX_ORDER},
        {"no such order", large.address, FRAMES_MAX_ORDER + 1},
        {"no such order at all", large.address, 200},
        {"free for ever", 20 * MIB, 0},
        {"kernel code", 9 * MIB + 0x1000, 0},
        {"a device", 121 * MIB, 0},
        {"below 1 MiB", 0x2000, 0},
        {"a section that is not open", 140 * MIB, 0},
        {"beyond all memory", 200 * MIB, 0},
        {"beyond all sections", 256 * MIB, 0},
        {"far beyond", UINT64_MAX & ~PAGE_MASK, 0},
        {"the section's bookkeeping", MIB, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (fake_panic_fork()) {
            frames_free(cases[i].block, cases[i].order);
            _exit(0);
        }
        if (strstr(fake_panic_wait(), "is not allocated") == NULL)
            fail_msg("%s: no panic", cases[i].what);
    }

    checked_free(single);
    checked_free(large);
    assert_panics("is not allocated", frames_free(single.address, 0));
    assert_panics("is not allocated", frames_free(large.address, FRAMES_MAX_ORDER));
    assert_panics("of order 3 is not allocated", frames_free(pair.address, 3));
    checked_free(pair);
    assert_panics("is not allocated", frames_free(pair.address, 1));
}

/* What start-up touches must not grow with RAM: the table of sections, and nothing else, until a first frame
 * is wanted. */
static void starting_touches_next_to_no_memory(void **state)
{
    static const struct machine sizes[] = {
        {"512 MiB", {REGION(MIB, 512 * MIB, F)}, 1},
        {"64 GiB", {REGION(MIB, 2 * GIB, F), REGION(4 * GIB, 66 * GIB, F)}, 2},
        {"a section table of two frames", {REGION(MIB, 2 * GIB, F), REGION(4 * GIB, 128 * GIB, F)}, 2},
    };
    static const uint64_t table_frames[] = {1, 2, 2};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct block block;
        assert_int_equal(machine_start(&sizes[i]), 0);
        assert_int_equal(fake_memory_touched_frames(), table_frames[i]);
        assert_true(checked_alloc(0, &block));
        /* One section's bytes, its free blocks' links, and the block. */
        assert_in_range(fake_memory_touched_frames(), 1, table_frames[i] + SECTION_HEADS + 60);
        assert_int_equal(frames_get_stats().overhead, table_frames[i] + SECTION_HEADS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exhausted_memory_comes_back_and_merges),
        cmocka_unit_test(every_order_can_be_exhausted),
        cmocka_unit_test(orders_above_the_largest_are_refused),
        cmocka_unit_test(sections_too_small_to_track_are_left_out),
        cmocka_unit_test(maps_without_room_are_refused),
        cmocka_unit_test(random_maps_are_handed_out_exactly),
        cmocka_unit_test(a_million_random_steps_keep_to_the_oracle),
        cmocka_unit_test(zeroed_frames_are_zero),
        cmocka_unit_test(frees_of_what_is_not_allocated_panic),
        cmocka_unit_test(starting_touches_next_to_no_memory),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);

    free(frame_is_used);
    return failures;
}
