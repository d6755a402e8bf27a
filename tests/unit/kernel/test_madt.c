/* The MADT as firmware writes it, and as it should not: every kind of entry, lengths that lie, duplicates,
 * more than there is room for. */
#include "dev/madt.h"

#include <stdlib.h>

#include "abi/errno.h"
#include "test.h"

#define HEADER_SIZE 44
#define TABLE_MAX 16384

static struct apic_map map;

/* A table under construction. It is copied to memory of exactly its size, so that the sanitizer sees every
 * read beyond it. */
static struct {
    uint8_t bytes[TABLE_MAX];
    size_t size;
} table;

static int start_table(void **state)
{
    (void)state;
    memset(&table, 0, sizeof(table));
    memcpy(table.bytes, "APIC", 4);
    memcpy(table.bytes + 36, &(uint32_t){0xfee00000}, 4);
    table.size = HEADER_SIZE;
    memset(&map, 0xcc, sizeof(map));
    return 0;
}

static void add(const void *bytes, size_t size)
{
    assert_true(table.size + size <= TABLE_MAX);
    memcpy(table.bytes + table.size, bytes, size);
    table.size += size;
}

#define ADD(...) add((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define LE16(value) (value) & 0xff, (value) >> 8 & 0xff
#define LE32(value) LE16(value), (value) >> 16 & 0xff, (uint32_t)(value) >> 24

static void add_cpu(uint8_t uid, uint8_t apic_id, uint32_t flags)
{
    ADD(0, 8, uid, apic_id, LE32(flags));
}

static void add_x2apic_cpu(uint32_t uid, uint32_t apic_id, uint32_t flags)
{
    ADD(9, 16, 0, 0, LE32(apic_id), LE32(flags), LE32(uid));
}

static int parse_size(size_t size)
{
    void *copy = malloc(size + (size == 0));

    memcpy(copy, table.bytes, size);
    int error = madt_parse(copy, size, &map);
    free(copy);
    return error;
}

static void parse(void)
{
    assert_int_equal(parse_size(table.size), 0);
}

static void assert_isa_is_identity(void)
{
    for (unsigned irq = 0; irq < APIC_MAP_ISA_IRQS; irq++) {
        assert_int_equal(map.isa[irq].gsi, irq);
        assert_false(map.isa[irq].is_active_low);
        assert_false(map.isa[irq].is_level);
    }
}

static void without_a_table_interrupts_arrive_where_they_always_did(void **state)
{
    (void)state;
    madt_default(&map);
    assert_int_equal(map.cpu_count, 0);
    assert_int_equal(map.io_apic_count, 0);
    assert_int_equal(map.nmi_count, 0);
    assert_int_equal(map.local_address, 0);
    assert_isa_is_identity();
}

static void a_table_too_short_is_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size < HEADER_SIZE; size++) {
        assert_int_equal(parse_size(size), -EINVAL);
        assert_int_equal(map.cpu_count, 0);
        assert_isa_is_identity();
    }
}

static void an_empty_table_tells_the_address_only(void **state)
{
    (void)state;
    parse();
    assert_int_equal(map.local_address, 0xfee00000);
    assert_int_equal(map.cpu_count, 0);
    assert_int_equal(map.malformed_count, 0);
    assert_isa_is_identity();
}

/* What QEMU's q35 says with two CPUs. */
static void a_usual_table(void **state)
{
    (void)state;
    add_cpu(0, 0, 1);
    add_cpu(1, 1, 1);
    ADD(1, 12, 0, 0, LE32(0xfec00000), LE32(0));
    ADD(2, 10, 0, 0, LE32(2), LE16(0));
    ADD(2, 10, 0, 5, LE32(5), LE16(0xd));
    ADD(2, 10, 0, 9, LE32(9), LE16(0xd));
    ADD(4, 6, 0xff, LE16(0), 1);
    parse();

    assert_int_equal(map.malformed_count, 0);
    assert_int_equal(map.cpu_count, 2);
    assert_int_equal(map.cpus[1].apic_id, 1);
    assert_int_equal(map.cpus[1].acpi_uid, 1);
    assert_true(map.cpus[1].is_enabled);
    assert_int_equal(map.io_apic_count, 1);
    assert_int_equal(map.io_apics[0].address, 0xfec00000);
    assert_int_equal(map.io_apics[0].gsi_base, 0);
    assert_int_equal(map.isa[0].gsi, 2);
    assert_false(map.isa[0].is_level);
    assert_int_equal(map.isa[9].gsi, 9);
    assert_true(map.isa[9].is_level);
    assert_false(map.isa[9].is_active_low);
    assert_int_equal(map.isa[4].gsi, 4);
    assert_int_equal(map.nmi_count, 1);
    assert_int_equal(map.nmis[0].acpi_uid, APIC_MAP_ALL_CPUS);
    assert_int_equal(map.nmis[0].lint, 1);
    assert_false(map.nmis[0].is_active_low);
}

static void flags_say_which_cpus_are_there(void **state)
{
    static const struct {
        uint32_t flags;
        bool is_listed, is_enabled;
    } cases[] = {
        {0, false, false}, {1, true, true}, {2, true, false}, {3, true, true}, {0xfffffffc, false, false},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (unsigned is_x2apic = 0; is_x2apic < 2; is_x2apic++) {
            start_table(state);
            if (is_x2apic)
                add_x2apic_cpu(7, 300, cases[i].flags);
            else
                add_cpu(7, 30, cases[i].flags);
            parse();
            assert_int_equal(map.cpu_count, cases[i].is_listed);
            assert_int_equal(map.malformed_count, 0);
            if (cases[i].is_listed) {
                assert_int_equal(map.cpus[0].is_enabled, cases[i].is_enabled);
                assert_int_equal(map.cpus[0].apic_id, is_x2apic ? 300 : 30);
                assert_int_equal(map.cpus[0].acpi_uid, 7);
            }
        }
    }
}

static void broadcast_ids_name_no_cpu(void **state)
{
    (void)state;
    add_cpu(1, 0xff, 1);
    add_x2apic_cpu(1, 0xffffffff, 1);
    add_x2apic_cpu(2, 255, 1);
    add_x2apic_cpu(3, 0xfffffffe, 1);
    parse();
    assert_int_equal(map.cpu_count, 2);
    assert_int_equal(map.cpus[0].apic_id, 255);
    assert_int_equal(map.cpus[1].apic_id, 0xfffffffe);
}

static void a_cpu_listed_twice_is_one(void **state)
{
    (void)state;
    add_cpu(1, 4, 2);
    add_cpu(2, 5, 1);
    add_x2apic_cpu(9, 4, 1);
    parse();
    assert_int_equal(map.cpu_count, 2);
    assert_int_equal(map.cpus[0].acpi_uid, 1);
    assert_true(map.cpus[0].is_enabled);
    assert_int_equal(map.malformed_count, 1);
}

static void cpus_beyond_the_room_are_counted(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 300; i++)
        add_x2apic_cpu(i, 2 * i, 1);
    parse();
    assert_int_equal(map.cpu_count, APIC_MAP_CPUS);
    assert_int_equal(map.cpus_left_out, 300 - APIC_MAP_CPUS);
    assert_int_equal(map.cpus[APIC_MAP_CPUS - 1].apic_id, 2 * (APIC_MAP_CPUS - 1));
}

static void io_apics_are_unique_and_somewhere(void **state)
{
    (void)state;
    ADD(1, 12, 0, 0, LE32(0xfec00000), LE32(0));
    ADD(1, 12, 1, 0, LE32(0xfec00000), LE32(24)); /* the same registers */
    ADD(1, 12, 2, 0, LE32(0xfec01000), LE32(0));  /* the same interrupts */
    ADD(1, 12, 3, 0, LE32(0), LE32(48));          /* nowhere */
    ADD(1, 12, 4, 0, LE32(0xfec01000), LE32(24));
    parse();
    assert_int_equal(map.io_apic_count, 2);
    assert_int_equal(map.io_apics[1].address, 0xfec01000);
    assert_int_equal(map.io_apics[1].gsi_base, 24);
    assert_int_equal(map.malformed_count, 3);
}

static void io_apics_and_nmis_beyond_the_room_are_ignored(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < APIC_MAP_IO_APICS + 3; i++)
        ADD(1, 12, 0, 0, LE32(0xfec00000 + (i << 12)), LE32(24 * i));
    for (uint32_t i = 0; i < APIC_MAP_NMIS + 5; i++) {
        ADD(4, 6, 1, LE16(0), 0);
        ADD(3, 8, LE16(0), LE32(i));
    }
    parse();
    assert_int_equal(map.io_apic_count, APIC_MAP_IO_APICS);
    assert_int_equal(map.nmi_count, APIC_MAP_NMIS);
    assert_int_equal(map.nmi_line_count, APIC_MAP_NMIS);
    assert_int_equal(map.malformed_count, 3 + 5 + 5);
}

static void inti_flags_say_how_a_line_signals(void **state)
{
    static const struct {
        uint16_t flags;
        bool is_active_low, is_level;
    } cases[] = {
        {0x0, false, false}, {0x5, false, false}, {0x7, true, false},
        {0xd, false, true},  {0xf, true, true},   {0x3, true, false},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start_table(state);
        ADD(2, 10, 0, 11, LE32(20), LE16(cases[i].flags));
        ADD(3, 8, LE16(cases[i].flags), LE32(21));
        ADD(4, 6, 3, LE16(cases[i].flags), 0);
        ADD(10, 12, LE16(cases[i].flags), LE32(300), 1, 0, 0, 0);
        parse();
        assert_int_equal(map.isa[11].gsi, 20);
        assert_int_equal(map.isa[11].is_active_low, cases[i].is_active_low);
        assert_int_equal(map.isa[11].is_level, cases[i].is_level);
        assert_int_equal(map.nmi_line_count, 1);
        assert_int_equal(map.nmi_lines[0].gsi, 21);
        assert_int_equal(map.nmi_lines[0].is_active_low, cases[i].is_active_low);
        assert_int_equal(map.nmi_count, 2);
        assert_int_equal(map.nmis[0].acpi_uid, 3);
        assert_int_equal(map.nmis[0].lint, 0);
        assert_int_equal(map.nmis[0].is_active_low, cases[i].is_active_low);
        assert_int_equal(map.nmis[1].acpi_uid, 300);
        assert_int_equal(map.nmis[1].lint, 1);
        assert_int_equal(map.nmis[1].is_active_low, cases[i].is_active_low);
    }
}

static void overrides_and_pins_that_do_not_exist_are_ignored(void **state)
{
    (void)state;
    ADD(2, 10, 1, 3, LE32(33), LE16(0));  /* not the ISA bus */
    ADD(2, 10, 0, 16, LE32(33), LE16(0)); /* no such line */
    ADD(4, 6, 0, LE16(0), 2);             /* no such pin */
    parse();
    assert_isa_is_identity();
    assert_int_equal(map.nmi_count, 0);
    assert_int_equal(map.malformed_count, 3);
}

static void the_address_override_wins(void **state)
{
    (void)state;
    ADD(5, 12, 0, 0, LE32(0x12340000), LE32(1));
    parse();
    assert_int_equal(map.local_address, 0x112340000);
}

static void unknown_and_longer_entries_are_stepped_over(void **state)
{
    (void)state;
    ADD(6, 2);
    ADD(0x7f, 5, 1, 2, 3);
    ADD(0xff, 3, 0);
    ADD(0, 12, 1, 1, LE32(1), 0xaa, 0xaa, 0xaa, 0xaa); /* with fields of a later version */
    ADD(8, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    add_cpu(2, 2, 1);
    parse();
    assert_int_equal(map.cpu_count, 2);
    assert_int_equal(map.cpus[1].apic_id, 2);
    assert_int_equal(map.malformed_count, 0);
}

static void a_short_entry_is_ignored_and_the_next_one_read(void **state)
{
    static const uint8_t min_lengths[] = {8, 12, 10, 8, 6, 12, 0, 0, 0, 16, 12};

    for (uint8_t type = 0; type < COUNT_OF(min_lengths); type++) {
        for (uint8_t length = 2; length < min_lengths[type]; length++) {
            uint8_t entry[16] = {type, length, 0xff, 0xff, 1, 1, 1, 1};
            start_table(state);
            add(entry, length);
            add_cpu(1, 9, 1);
            parse();
            assert_int_equal(map.malformed_count, 1);
            assert_int_equal(map.cpu_count, 1);
            assert_int_equal(map.cpus[0].apic_id, 9);
            assert_int_equal(map.io_apic_count + map.nmi_count + map.nmi_line_count, 0);
        }
    }
}

static void a_length_that_leads_nowhere_ends_the_table(void **state)
{
    for (uint8_t length = 0; length < 2; length++) {
        start_table(state);
        add_cpu(1, 1, 1);
        ADD(0, length);
        add_cpu(2, 2, 1);
        parse();
        assert_int_equal(map.cpu_count, 1);
        assert_int_equal(map.malformed_count, 1);
    }
}

static void a_table_cut_anywhere_yields_the_entries_before(void **state)
{
    const size_t cpus = 5;

    (void)state;
    for (uint8_t i = 0; i < cpus; i++)
        add_cpu(i, i, 1);
    for (size_t size = HEADER_SIZE; size <= table.size; size++) {
        assert_int_equal(parse_size(size), 0);
        assert_int_equal(map.cpu_count, (size - HEADER_SIZE) / 8);
        assert_int_equal(map.malformed_count, (size - HEADER_SIZE) % 8 != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_table_interrupts_arrive_where_they_always_did, start_table),
        cmocka_unit_test_setup(a_table_too_short_is_refused, start_table),
        cmocka_unit_test_setup(an_empty_table_tells_the_address_only, start_table),
        cmocka_unit_test_setup(a_usual_table, start_table),
        cmocka_unit_test_setup(flags_say_which_cpus_are_there, start_table),
        cmocka_unit_test_setup(broadcast_ids_name_no_cpu, start_table),
        cmocka_unit_test_setup(a_cpu_listed_twice_is_one, start_table),
        cmocka_unit_test_setup(cpus_beyond_the_room_are_counted, start_table),
        cmocka_unit_test_setup(io_apics_are_unique_and_somewhere, start_table),
        cmocka_unit_test_setup(io_apics_and_nmis_beyond_the_room_are_ignored, start_table),
        cmocka_unit_test_setup(inti_flags_say_how_a_line_signals, start_table),
        cmocka_unit_test_setup(overrides_and_pins_that_do_not_exist_are_ignored, start_table),
        cmocka_unit_test_setup(the_address_override_wins, start_table),
        cmocka_unit_test_setup(unknown_and_longer_entries_are_stepped_over, start_table),
        cmocka_unit_test_setup(a_short_entry_is_ignored_and_the_next_one_read, start_table),
        cmocka_unit_test_setup(a_length_that_leads_nowhere_ends_the_table, start_table),
        cmocka_unit_test_setup(a_table_cut_anywhere_yields_the_entries_before, start_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
