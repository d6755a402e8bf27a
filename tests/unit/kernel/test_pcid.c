/* PCIDs on CPUs that are made of variables: which slot a table gets, and, at random, that no CPU uses a
 * translation whose shootdown has returned, wherever tables are loaded, changed and made anew meanwhile. */
#include "arch/x86_64/pcid.h"

#include <stdlib.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/tlb.h"
#include "core/command_line.h"
#include "core/log.h"
#include "lib/cpu_set.h"
#include "lib/string.h"
#include "test.h"

#define CPUS 3
#define SPACES 12
#define PCIDS (PCID_SLOTS + 1)
#define STEPS 200000
#define RANGE_PAGES 100 /* so many that INVLPG, which the host refuses, is not used */

/* One page's translation, as the model sees it. */
struct translation {
    uint64_t table_id; /* 0: none is cached */
    unsigned version;
};

struct space {
    struct page_table table;
    uint64_t cpus;    /* that may have it loaded */
    unsigned version; /* of the page, in the table */
    unsigned settled; /* all shootdowns up to this version have returned */
};

static struct {
    struct percpu block;
    uint64_t cr3, cr4;
    struct translation tlb[PCIDS];
    struct space *loaded; /* NULL: the kernel's table */
} cpus[CPUS];
static unsigned here;
static struct space spaces[SPACES];
static uint64_t next_id;
static bool is_off_by_word;
static void (*before_load)(void);

struct cpu_features cpu_features;

bool cpu_interrupts_save(void)
{
    return false;
}

void cpu_interrupts_restore(bool were_enabled)
{
    (void)were_enabled;
}

unsigned cpu_count_online(void)
{
    return CPUS;
}

void log_line(enum log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

struct percpu *percpu_get(void)
{
    return &cpus[here].block;
}

uint64_t cr4_read(void)
{
    return cpus[here].cr4;
}

void cr4_write(uint64_t value)
{
    if ((value & CR4_PCIDE) != 0 && (cpus[here].cr4 & CR4_PCIDE) == 0)
        assert_int_equal(cpus[here].cr3 & CR3_PCID_MASK, 0); /* else #GP */
    cpus[here].cr4 = value;
}

uint64_t cr3_read(void)
{
    return cpus[here].cr3;
}

void cr3_write(uint64_t value)
{
    const unsigned pcid = value & CR3_PCID_MASK;

    if (before_load != NULL)
        before_load();
    assert_true(pcid < PCIDS);
    if ((cpus[here].cr4 & CR4_PCIDE) == 0)
        assert_int_equal(value & (CR3_PCID_MASK | CR3_KEEP), 0);
    if ((value & CR3_KEEP) == 0)
        cpus[here].tlb[pcid].table_id = 0;
    cpus[here].cr3 = value & ~CR3_KEEP;
}

bool command_line_is(const char *name, const char *value)
{
    assert_string_equal(name, "pcid");
    assert_string_equal(value, "off");
    return is_off_by_word;
}

static void start_cpus(bool has_pcid)
{
    memset(cpus, 0, sizeof(cpus));
    cpu_features.has_pcid = has_pcid;
    cpu_features.has_pge = true;
    for (here = 0; here < CPUS; here++)
        cpus[here].cr3 = 0x1000;
    here = 0;
    pcid_setup();
    for (here = 1; here < CPUS; here++)
        pcid_setup_cpu();
    here = 0;
}

static void a_table_finds_its_slot_again(void **state)
{
    struct pcid_slots slots = {0};

    (void)state;
    for (uint64_t id = 1; id <= PCID_SLOTS; id++)
        assert_int_equal(pcid_take(&slots, id, 7), id); /* new: nothing is kept */
    for (uint64_t id = 1; id <= PCID_SLOTS; id++)
        assert_int_equal(pcid_take(&slots, id, 7), id | CR3_KEEP);
    assert_int_equal(pcid_take(&slots, 2, 8), 2); /* another generation */
    assert_int_equal(pcid_take(&slots, 2, 8), 2 | CR3_KEEP);
    assert_int_equal(pcid_take(&slots, 100, 0), 1); /* slots are given anew in turn */
    assert_int_equal(pcid_take(&slots, 1, 7), 2);
    assert_int_equal(pcid_take(&slots, 100, 0), 1 | CR3_KEEP);
}

static void only_the_next_generation_advances(void **state)
{
    struct pcid_slots slots = {0};

    (void)state;
    (void)pcid_take(&slots, 5, 10);
    (void)pcid_take(&slots, 6, 10);
    pcid_advance(&slots, 5, 11);
    assert_int_equal(pcid_take(&slots, 5, 11), 1 | CR3_KEEP);
    pcid_advance(&slots, 5, 13); /* 12 has not been forgotten */
    assert_int_equal(pcid_take(&slots, 5, 13), 1);
    pcid_advance(&slots, 5, 13); /* again */
    assert_int_equal(pcid_take(&slots, 5, 13), 1 | CR3_KEEP);
    assert_int_equal(pcid_take(&slots, 6, 10), 2 | CR3_KEEP);
    pcid_advance(&slots, 99, 1); /* who has no slot */
    assert_int_equal(pcid_take(&slots, 99, 1), 3);
}

static void they_are_used_where_they_work(void **state)
{
    static const struct {
        const char *vendor;
        uint32_t family, model;
        bool has_pcid, has_pge, is_off, is_on;
    } cases[] = {
        {"GenuineIntel", 6, 0x8e, true, true, false, true},
        {"GenuineIntel", 6, 0x8e, false, true, false, false},
        {"GenuineIntel", 6, 0x8e, true, false, false, false},
        {"GenuineIntel", 6, 0x8e, true, true, true, false},
        {"GenuineIntel", 6, 0x97, true, true, false, false},
        {"GenuineIntel", 6, 0xbf, true, true, false, false},
        {"AuthenticAMD", 25, 0x97, true, true, false, true},
        {"AuthenticAMD", 25, 1, true, true, false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(cpus, 0, sizeof(cpus));
        cpus[0].cr3 = 0x1018; /* cacheability bits that would pass for a PCID */
        cpus[0].cr4 = CR4_PAE;
        strncpy(cpu_features.vendor, cases[i].vendor, sizeof(cpu_features.vendor));
        cpu_features.family = cases[i].family;
        cpu_features.model = cases[i].model;
        cpu_features.has_pcid = cases[i].has_pcid;
        cpu_features.has_pge = cases[i].has_pge;
        is_off_by_word = cases[i].is_off;
        pcid_setup();
        assert_int_equal(pcid_is_on, cases[i].is_on);
        assert_int_equal(cpus[0].cr4, CR4_PAE | (cases[i].is_on ? CR4_PCIDE : 0));
    }
    is_off_by_word = false;
}

/* The protocol */

static unsigned below(unsigned limit)
{
    return (unsigned)rand() % limit;
}

static void make_space(struct space *space)
{
    space->table =
        (struct page_table){.root = 0x100000 + (uint64_t)(space - spaces) * PAGE_SIZE, .tlb_id = ++next_id};
    space->version = space->settled = next_id * 1000;
    space->cpus = 0;
}

/* The CPU uses the page, and caches what it finds in the table. */
static void touch(void)
{
    struct translation *cached = &cpus[here].tlb[cpus[here].cr3 & CR3_PCID_MASK];
    const struct space *space = cpus[here].loaded;

    if (space == NULL)
        return;
    assert_int_equal(cpus[here].cr3 & PTE_ADDRESS_MASK, space->table.root);
    if (cached->table_id == 0)
        *cached = (struct translation){space->table.tlb_id, space->version};
    assert_int_equal(cached->table_id, space->table.tlb_id);
    assert_true(cached->version >= space->settled);
}

static void load(struct space *space)
{
    struct space *old = cpus[here].loaded;

    if (space == old)
        return;
    if (space != NULL)
        space->cpus |= 1u << here;
    if (space == NULL)
        cr3_write(0x1000);
    else if (pcid_is_on)
        pcid_load(&space->table);
    else
        cr3_write(space->table.root);
    cpus[here].loaded = space;
    if (old != NULL)
        old->cpus &= ~(1ull << here);
}

static void touch_anywhere(void)
{
    unsigned before = here;

    here = below(CPUS);
    touch();
    here = before;
}

/* A change of the table up to where the CPUs are to be called, and the rest. */
static struct {
    struct space *space; /* NULL: none is under way */
    uint64_t generation;
    struct cpu_set cpus;
} change;

static void begin_change(void)
{
    if (change.space != NULL || below(2) == 0)
        return;
    change.space = &spaces[below(SPACES)];
    change.space->version++;
    if (below(2) != 0)
        touch_anywhere();
    change.generation = tlb_outdate(&change.space->table);
    change.cpus = (struct cpu_set){.bits = {change.space->cpus}};
}

void ipi_call(const struct cpu_set *set, void (*function)(void *argument), void *argument)
{
    unsigned before = here;

    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        if ((set->bits[0] >> cpu & 1) == 0)
            continue;
        here = below(CPUS);
        if (below(2) != 0)
            load(below(8) == 0 ? NULL : &spaces[below(SPACES)]);
        touch();
        here = cpu;
        function(argument);
        touch();
    }
    here = before;
}

static void end_change(void)
{
    struct space *space = change.space;

    if (space == NULL)
        return;
    tlb_shootdown_user(&space->table, change.generation, &change.cpus, 0, RANGE_PAGES);
    space->settled = space->version;
    change.space = NULL;
}

/* Its number is used by the next one. */
static void replace_space(struct space *space)
{
    unsigned before = here;

    for (here = 0; here < CPUS; here++) {
        if (cpus[here].loaded == space)
            load(NULL);
    }
    here = before;
    make_space(space);
}

static void run_protocol(bool has_pcid)
{
    start_cpus(has_pcid);
    assert_int_equal(pcid_is_on, has_pcid);
    srand(20);
    next_id = 0;
    for (size_t i = 0; i < SPACES; i++)
        make_space(&spaces[i]);
    for (unsigned step = 0; step < STEPS; step++) {
        here = below(CPUS);
        switch (below(8)) {
        case 0: /* the change begins between the generation's reading and the load */
            before_load = begin_change;
            load(&spaces[below(SPACES)]);
            before_load = NULL;
            end_change();
            break;
        case 1:
            begin_change();
            end_change();
            break;
        case 2:
            if (below(10) == 0)
                replace_space(&spaces[below(SPACES)]);
            break;
        case 3:
            load(below(5) == 0 ? NULL : &spaces[below(SPACES)]);
            break;
        default:
            touch();
        }
    }
}

static void nothing_old_is_used(void **state)
{
    (void)state;
    cpu_features.family = 25;
    strncpy(cpu_features.vendor, "AuthenticAMD", sizeof(cpu_features.vendor));
    run_protocol(true);
    run_protocol(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_finds_its_slot_again),
        cmocka_unit_test(only_the_next_generation_advances),
        cmocka_unit_test(they_are_used_where_they_work),
        cmocka_unit_test(nothing_old_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
