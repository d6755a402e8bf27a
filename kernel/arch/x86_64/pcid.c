/* No INVPCID is needed: a load of CR3 without CR3_KEEP forgets what its PCID has cached. */
#include "arch/x86_64/pcid.h"

#include <stddef.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/regs.h"
#include "core/command_line.h"
#include "core/log.h"
#include "lib/string.h"

bool pcid_is_on;

uint64_t pcid_take(struct pcid_slots *slots, uint64_t table_id, uint64_t generation)
{
    unsigned slot = 0;

    while (slot < PCID_SLOTS && slots->slots[slot].table_id != table_id)
        slot++;
    if (slot < PCID_SLOTS) {
        bool is_current = slots->slots[slot].generation == generation;
        slots->slots[slot].generation = generation;
        return (slot + 1) | (is_current ? CR3_KEEP : 0);
    }
    slot = slots->next;
    slots->next = (slot + 1) % PCID_SLOTS;
    slots->slots[slot].table_id = table_id;
    slots->slots[slot].generation = generation;
    return slot + 1;
}

void pcid_advance(struct pcid_slots *slots, uint64_t table_id, uint64_t generation)
{
    for (size_t i = 0; i < PCID_SLOTS; i++) {
        if (slots->slots[i].table_id == table_id && slots->slots[i].generation + 1 == generation)
            slots->slots[i].generation = generation;
    }
}

/* On these, INVLPG leaves global translations alone when PCIDs are in use, unless the microcode is new
 * enough: Alder Lake and Raptor Lake. Source: Intel's specification update for them, on INVLPG. */
static bool pcid_breaks_invlpg(void)
{
    static const uint8_t models[] = {0x97, 0x9a, 0xb7, 0xba, 0xbe, 0xbf};

    if (strncmp(cpu_features.vendor, "GenuineIntel", sizeof(cpu_features.vendor)) != 0 ||
        cpu_features.family != 6)
        return false;
    for (size_t i = 0; i < sizeof(models); i++) {
        if (cpu_features.model == models[i])
            return true;
    }
    return false;
}

void pcid_setup_cpu(void)
{
    if (!pcid_is_on)
        return;
    cr3_write(cr3_read() & ~CR3_PCID_MASK); /* CR4.PCIDE can be set only with PCID 0 (SDM 4.10.1) */
    cr4_write(cr4_read() | CR4_PCIDE);
}

void pcid_setup(void)
{
    /* What the kernel maps must be global: else each slot would have translations of its own of it. */
    pcid_is_on = cpu_features.has_pcid && cpu_features.has_pge && !pcid_breaks_invlpg() &&
                 !command_line_is("pcid", "off");
    pcid_setup_cpu();
    if (pcid_is_on)
        log_info("cpu: translations of the last %u address spaces are kept (PCID)", PCID_SLOTS);
}

void pcid_load(const struct page_table *table)
{
    /* Read behind the step that made this CPU one of those that whoever changes the table calls: so either it
     * is called, or it reads the new generation. */
    uint64_t generation = atomic_load(&table->tlb_generation);

    cr3_write(table->root | pcid_take(&percpu_get()->pcids, table->tlb_id, generation));
}
