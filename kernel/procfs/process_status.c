/* stat, statm and status: the same facts in the three forms that Linux has. */
#include "boot_info.h"
#include "mm/memory_object.h"
#include "procfs/cpu_list.h"
#include "procfs/process_files.h"
#include "procfs/process_info.h"

#define NS_PER_TICK NS_PER_CLOCK_TICK
#define PAGE_KIB ((uint64_t)PAGE_SIZE / 1024)
#define FLAG_FORKED 0x40u         /* PF_FORKNOEXEC */
#define FLAG_RANDOMIZED 0x400000u /* PF_RANDOMIZE */
#define POLICY_MASK 0xff          /* without SCHED_RESET_ON_FORK */

static int info_of(struct pseudo_node *node, struct process_info *ret_info)
{
    return process_info_get(process_of(node), (int)node->number, ret_info);
}

static bool is_realtime(const struct process_info *info)
{
    return info->scheduling.policy != SCHED_NORMAL;
}

/* As top shows it: 20 and the nice level, or below -1 the real-time priority, also an inherited one. */
static int priority_of(const struct process_info *info)
{
    return info->realtime_priority != 0 ? -1 - (int)info->realtime_priority : 20 + info->scheduling.nice;
}

static void show_times(const struct process_info *info, struct text *text)
{
    const struct process_times *own = &info->times, *children = &info->children_times;

    text_print(text, " %lu %lu 0 0 %lu %lu %lu %lu", own->minor_faults, children->minor_faults,
               own->user_ns / NS_PER_TICK, own->system_ns / NS_PER_TICK, children->user_ns / NS_PER_TICK,
               children->system_ns / NS_PER_TICK);
}

/* The old form of sets of signals: the first 31 of them. */
static uint64_t old_set(signal_set set)
{
    return set & 0x7fffffff;
}

/* From the virtual size to the set of caught signals. Addresses are for who may look. */
static void show_places(const struct process_info *info, bool may_look, struct text *text)
{
    static const struct addr_space_marks hidden = {.code_start = 1, .code_end = 1};
    const struct addr_space_marks *marks = may_look || !info->has_space ? &info->marks : &hidden;

    text_print(text, " %lu %lu %lu %lu %lu %lu 0 0 %lu %lu %lu %lu", info->size_pages * PAGE_KIB * 1024,
               info->resident_pages, RLIM_INFINITY, marks->code_start, marks->code_end, marks->stack_start,
               old_set(info->thread_pending), old_set(info->blocked), old_set(info->ignored),
               old_set(info->caught));
}

static void show_late_places(const struct process_info *info, bool may_look, struct text *text)
{
    static const struct addr_space_marks hidden;
    const struct addr_space_marks *marks = may_look ? &info->marks : &hidden;

    text_print(text, " 0 0 0 %lu %lu %lu %lu %lu %lu %lu %d\n", marks->data_start, marks->data_end,
               may_look ? info->heap_start : 0, marks->arguments_start, marks->arguments_end,
               marks->arguments_end, marks->environment_end, may_look ? info->exit_code : 0);
}

int process_show_stat(struct pseudo_node *node, struct text *text)
{
    struct process_info info;
    int error = info_of(node, &info);

    if (error != 0)
        return error;
    const bool may_look = process_may_look(process_of(node));
    text_print(text, "%d (%s) %c %d %d %d %lu %d %u", info.id, info.name, info.state, info.parent_id,
               info.group_id, info.session_id, info.terminal, info.terminal_group,
               FLAG_RANDOMIZED | (info.has_executed ? 0 : FLAG_FORKED));
    show_times(&info, text);
    text_print(text, " %d %d %u 0 %lu", priority_of(&info), info.scheduling.nice, info.thread_count,
               info.start_ns / NS_PER_TICK);
    show_places(&info, may_look, text);
    text_print(text, " %d 0 0 %d %u %u %d", info.state == 'S', info.exit_signal, info.cpu,
               is_realtime(&info) ? info.scheduling.priority : 0, info.policy & POLICY_MASK);
    show_late_places(&info, may_look, text);
    return 0;
}

/* How much of the memory is what, pages. */
struct memory_kinds {
    uint64_t data, stack, code, library, locked;
};

/* Which kind an area counts as. Holds: nothing; the space has a reference. */
static void kinds_add(struct memory_kinds *kinds, const struct area_info *area,
                      const struct addr_space_marks *marks)
{
    const uint64_t pages = (area->end - area->start) / PAGE_SIZE;

    if ((area->flags & AREA_LOCKED) != 0)
        kinds->locked += pages;
    if ((area->flags & AREA_GROWS_DOWN) != 0)
        kinds->stack += pages;
    else if ((area->protection & MAP_WRITE) != 0 && (area->flags & AREA_SHARED) == 0)
        kinds->data += pages;
    else if ((area->protection & MAP_EXECUTE) == 0)
        return;
    else if (area->start <= marks->code_start && area->end >= marks->code_end)
        kinds->code += pages;
    else if (area->object != NULL)
        kinds->library += pages;
}

static struct memory_kinds kinds_of(struct process *process, const struct addr_space_marks *marks)
{
    struct addr_space *space = process_get_space(process);
    struct memory_kinds kinds = {0};
    struct area_info area = {0};

    if (space == NULL)
        return kinds;
    while (addr_space_query(space, area.end, &area)) {
        kinds_add(&kinds, &area, marks);
        if (area.object != NULL)
            memory_object_unref(area.object);
    }
    addr_space_unref(space);
    return kinds;
}

int process_show_statm(struct pseudo_node *node, struct text *text)
{
    struct process_info info;
    int error = info_of(node, &info);

    if (error != 0)
        return error;
    const struct memory_kinds kinds = kinds_of(process_of(node), &info.marks);
    text_print(text, "%lu %lu 0 %lu 0 %lu 0\n", info.size_pages, info.resident_pages, kinds.code,
               kinds.data + kinds.stack);
    return 0;
}

static const char *state_name(char state)
{
    switch (state) {
    case 'R':
        return "running";
    case 'T':
        return "stopped";
    case 'Z':
        return "zombie";
    default:
        return "sleeping";
    }
}

static void show_identity(const struct process_info *info, struct text *text)
{
    const struct identity *identity = &info->identity;

    text_print(text, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", identity->real_uid,
               identity->effective_uid, identity->saved_uid, identity->files.uid, identity->real_gid,
               identity->effective_gid, identity->saved_gid, identity->files.gid);
    text_print(text, "FDSize:\t%u\nGroups:\t", info->descriptor_slots);
    for (size_t i = 0; i < identity->files.group_count; i++)
        text_print(text, "%s%u", i == 0 ? "" : " ", identity->files.groups[i]);
    text_print(text, " \nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\nKthread:\t0\n", info->process_id,
               info->id, info->group_id, info->session_id);
}

static void show_kib(struct text *text, const char *name, uint64_t pages)
{
    text_print(text, "%s:\t%8lu kB\n", name, pages * PAGE_KIB);
}

static void show_memory(const struct process_info *info, struct process *process, struct text *text)
{
    const struct memory_kinds kinds = kinds_of(process, &info->marks);
    const uint64_t maximum =
        info->resident_maximum > info->resident_pages ? info->resident_maximum : info->resident_pages;

    show_kib(text, "VmPeak", info->size_pages);
    show_kib(text, "VmSize", info->size_pages);
    show_kib(text, "VmLck", kinds.locked);
    show_kib(text, "VmPin", 0);
    show_kib(text, "VmHWM", maximum);
    show_kib(text, "VmRSS", info->resident_pages);
    show_kib(text, "VmData", kinds.data);
    show_kib(text, "VmStk", kinds.stack);
    show_kib(text, "VmExe", kinds.code);
    show_kib(text, "VmLib", kinds.library);
    show_kib(text, "VmSwap", 0);
}

static void show_signals(const struct process_info *info, struct text *text)
{
    const struct {
        const char *name;
        signal_set set;
    } sets[] = {{"SigPnd", info->thread_pending},
                {"ShdPnd", info->process_pending},
                {"SigBlk", info->blocked},
                {"SigIgn", info->ignored},
                {"SigCgt", info->caught}};

    text_print(text, "Threads:\t%u\nSigQ:\t%u/%lu\n", info->thread_count, info->queued_signals,
               info->queued_signals_max);
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        text_print(text, "%s:\t%016lx\n", sets[i].name, sets[i].set);
}

static void show_capabilities(const struct process_info *info, struct text *text)
{
    text_print(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
               0ul, identity_permitted(&info->identity), identity_effective(&info->identity),
               CAPABILITIES_ALL, 0ul);
    text_print(text, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n", info->has_no_new_privileges);
}

static void show_processors(const struct process_info *info, struct text *text)
{
    const struct cpu_set online = cpu_list_online();
    struct cpu_set cpus = info->cpus;

    for (unsigned i = 0; i < CPU_SET_SIZE / 64; i++)
        cpus.bits[i] &= online.bits[i];
    text_add_string(text, "Cpus_allowed:\t");
    cpu_list_show_mask(text, &cpus);
    text_add_string(text, "\nCpus_allowed_list:\t");
    cpu_list_show(text, &cpus);
    text_print(text, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
    text_print(text, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t0\n",
               info->times.voluntary_switches);
}

int process_show_status(struct pseudo_node *node, struct text *text)
{
    struct process_info info;
    int error = info_of(node, &info);

    if (error != 0)
        return error;
    text_add_string(text, "Name:\t");
    text_add_escaped(text, info.name, "\n");
    text_add_string(text, "\n");
    if (info.has_space)
        text_print(text, "Umask:\t%04o\n", info.umask);
    text_print(text, "State:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", info.state,
               state_name(info.state), info.process_id, info.id, info.parent_id);
    show_identity(&info, text);
    if (info.has_space)
        show_memory(&info, process_of(node), text);
    show_signals(&info, text);
    show_capabilities(&info, text);
    show_processors(&info, text);
    return 0;
}
