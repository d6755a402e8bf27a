#include "exec/program.h"

#include <stddef.h>

#include "abi/errno.h"
#include "abi/fs.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/fpu.h"
#include "core/random.h"
#include "exec/program_file.h"
#include "exec/program_interpreter.h"
#include "exec/program_map.h"
#include "exec/script.h"
#include "exec/vdso.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "mm/addr_space_copy.h"

#define STACK_EXTRA (128ull << 10)     /* mapped below what the stack holds at first, as on Linux */
#define SIGNAL_FRAME_FIXED_SIZE 440ull /* struct rt_sigframe of the x86-64 ABI */
#define SIGNAL_FRAME_PADDING_MAX                                               \
    95ull /* 63 for the vector registers', 15 for the stack's alignment, magic \
           */
#define SIGNAL_FRAME_ALIGNMENT 16

/* What is random about a program. */
struct program_seeds {
    uint64_t places;
    uint8_t stack[USER_STACK_RANDOM_SIZE]; /* AT_RANDOM */
};

/* Where the other parts of its memory are. */
struct program_parts {
    struct program_interpreter interpreter;
    vaddr_t vdso;
};

/* Writes to a program's memory while nothing of it runs. */
struct space_writer {
    struct user_stack_writer writer;
    struct addr_space *space;
};

void program_discard(struct program *program)
{
    if (program->space != NULL)
        addr_space_unref(program->space);
    if (program->executable != NULL)
        file_unref(program->executable);
}

/* Have a script's interpreter take its place: program->executable, and the arguments. `name` is the script's;
 * the interpreter's is put there. */
static int program_take_interpreter(const struct program_request *request, const struct script *script,
                                    const char *script_name, struct file **executable)
{
    const char *arguments[] = {script->interpreter, script->argument, script_name};
    struct file *interpreter;
    int error = file_open_executable(request->context, script->interpreter, 0, &interpreter);

    if (error != 0)
        return error;
    if (!script->has_argument)
        arguments[1] = script_name;
    error = argument_block_replace_first(request->arguments, arguments, script->has_argument ? 3 : 2);
    if (error != 0) {
        file_unref(interpreter);
        return error;
    }
    file_unref(*executable);
    *executable = interpreter;
    return 0;
}

/* Go from a script to its interpreter, until that is none. *ret_head is how that one begins. */
static int program_resolve_scripts(const struct program_request *request, struct file **executable,
                                   struct program_head *ret_head)
{
    struct script scripts[2];

    for (unsigned depth = 0;; depth++) {
        struct script *script = &scripts[depth % 2];
        int error = program_file_read_head(*executable, ret_head);
        if (error != 0)
            return error;
        size_t line = ret_head->size < SCRIPT_LINE_SIZE ? ret_head->size : SCRIPT_LINE_SIZE;
        if (line < 2 || ret_head->bytes[0] != '#' || ret_head->bytes[1] != '!')
            return 0;
        error = script_parse(ret_head->bytes, line, script);
        if (error != 0)
            return error;
        if (request->is_name_lost)
            return -ENOENT;
        if (depth == PROGRAM_SCRIPTS_MAX)
            return -ELOOP;
        const char *name = depth == 0 ? request->file_name : scripts[(depth - 1) % 2].interpreter;
        error = program_take_interpreter(request, script, name, executable);
        if (error != 0)
            return error;
    }
}

/* Find a place for a program that can be anywhere. */
static int program_place(const struct addr_space *space, struct elf_image *image)
{
    if (!image->is_position_independent)
        return 0;
    vaddr_t base = space->image_base & ~(image->alignment - 1);
    return elf_image_move(image, base + image->start % image->alignment) == 0 ? 0 : -ENOMEM;
}

static int space_write(struct user_stack_writer *writer, uint64_t address, const void *bytes, size_t size)
{
    return addr_space_copy_out(((struct space_writer *)writer)->space, address, bytes, size);
}

/* Map the stack: what it will hold at first, and a little more; below that it grows. */
static int program_map_stack(struct addr_space *space, const struct user_strings *strings, uint64_t limit,
                             bool is_executable)
{
    uint64_t pointers = (strings->argument_count + strings->environment_count) * sizeof(uint64_t);
    uint64_t size = page_round_up(strings->size_bytes + pointers) + STACK_EXTRA;
    struct addr_space_request request = {
        .address = space->stack_top - size,
        .size = size,
        .protection = MAP_READ | MAP_WRITE | (is_executable ? MAP_EXECUTE : 0),
        .flags = ADDR_SPACE_NO_REPLACE | AREA_GROWS_DOWN,
        .name = "[stack]",
    };
    vaddr_t start;

    space->stack_size_max = limit; /* nobody else knows the space yet */
    return addr_space_map(space, &request, &start);
}

/* AT_MINSIGSTKSZ: what the delivery of a signal takes of a stack, at most. */
static uint64_t signal_stack_size(void)
{
    uint64_t size = SIGNAL_FRAME_FIXED_SIZE + fpu_state_size() + SIGNAL_FRAME_PADDING_MAX;

    return size / SIGNAL_FRAME_ALIGNMENT * SIGNAL_FRAME_ALIGNMENT;
}

static struct user_stack_ids program_stack_ids(const struct program *program)
{
    const struct identity *identity = &program->identity;

    return (struct user_stack_ids){
        .uid = identity->real_uid,
        .effective_uid = identity->effective_uid,
        .gid = identity->real_gid,
        .effective_gid = identity->effective_gid,
        .is_secure = program->is_secure,
    };
}

static int program_build_stack(const struct program_request *request, const struct elf_image *image,
                               const struct program_seeds *seeds, const struct program_parts *parts,
                               struct program *program)
{
    struct space_writer writer = {{space_write}, program->space};
    const struct user_stack stack = {
        .top = program->space->stack_top,
        .limit = request->stack_limit,
        .strings = argument_block_strings(request->arguments),
        .file_name = request->file_name,
        .random = seeds->stack,
        .program_headers = image->program_headers,
        .program_header_count = image->program_header_count,
        .entry = image->entry,
        .ids = program_stack_ids(program),
        .hwcap = cpu_features.basic_features,
        .signal_stack_size = signal_stack_size(),
        .interpreter_base = parts->interpreter.base,
        .system_call_library = parts->vdso,
    };
    int error = program_map_stack(program->space, &stack.strings, stack.limit, image->has_executable_stack);

    return error != 0 ? error : user_stack_build(&stack, &writer.writer, &program->layout);
}

static struct program_set_id program_file_set_id(struct file *executable)
{
    struct node_attributes attributes = node_get_attributes(executable->path.node);
    const uint32_t set_gid = S_ISGID | S_IXGRP; /* without S_IXGRP it means something else */

    if (mount_has_flag(executable->path.mount, MS_NOSUID))
        attributes.mode = 0;
    return (struct program_set_id){
        .uid = (attributes.mode & S_ISUID) != 0 ? attributes.uid : IDENTITY_UNCHANGED,
        .gid = (attributes.mode & set_gid) == set_gid ? attributes.gid : IDENTITY_UNCHANGED,
    };
}

/* Take what the file's bits promise, as far as the caller may have it. */
static void identity_apply_set_id(struct identity *identity, const struct program_caller *caller,
                                  const struct program_set_id *set_id)
{
    if (caller->has_no_new_privileges)
        return;
    if (set_id->uid != IDENTITY_UNCHANGED)
        identity->effective_uid = set_id->uid;
    if (set_id->gid != IDENTITY_UNCHANGED)
        identity->effective_gid = set_id->gid;
}

/* For whom the program acts: who started it, but for the file's bits. */
static void program_take_identity(struct program *program, const struct program_caller *caller)
{
    struct identity identity = caller->identity;

    identity_apply_set_id(&identity, caller, &program->set_id);
    const bool is_other = identity.effective_uid != caller->identity.effective_uid ||
                          identity.effective_gid != caller->identity.effective_gid;
    if (is_other && caller->shares_paths && caller->identity.effective_uid != 0) {
        identity.effective_uid = identity.real_uid;
        identity.effective_gid = identity.real_gid;
    }
    identity.saved_uid = identity.files.uid = identity.effective_uid;
    identity.saved_gid = identity.files.gid = identity.effective_gid;
    program->identity = identity;
    program->is_secure = is_other || identity_is_raised(&identity);
}

int program_set_caller(struct program *program, const struct program_caller *caller)
{
    struct space_writer writer = {{space_write}, program->space};
    const struct user_stack_ids before = program_stack_ids(program);

    program_take_identity(program, caller);
    const struct user_stack_ids ids = program_stack_ids(program);
    return memcmp(&before, &ids, sizeof(ids)) == 0
               ? 0
               : user_stack_write_ids(&program->layout, &writer.writer, &ids);
}

/* The part of a file's name behind the last '/'. */
static const char *program_base_name(const char *file_name)
{
    const char *base = file_name;

    for (const char *at = file_name; *at != '\0'; at++) {
        if (*at == '/')
            base = at + 1;
    }
    return base;
}

/* *ret_address: 0 if there is none. */
static int program_map_vdso(struct addr_space *space, vaddr_t *ret_address)
{
    int error = vdso_map(space, ret_address);

    if (error != -ENOSYS)
        return error;
    *ret_address = 0;
    return 0;
}

/* What /proc tells of it: code is what can be executed, data what can be written. */
static void program_mark(const struct elf_image *image, const struct user_stack_layout *layout,
                         struct addr_space_marks *marks)
{
    *marks = (struct addr_space_marks){
        .stack_start = layout->stack_pointer,
        .arguments_start = layout->arguments_start,
        .arguments_end = layout->arguments_end,
        .environment_end = layout->environment_end,
        .auxv_start = layout->auxv_start,
        .auxv_end = layout->auxv_end,
    };
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        if ((segment->flags & PF_X) != 0) {
            marks->code_start = marks->code_start == 0 ? segment->address : marks->code_start;
            marks->code_end = segment->address + segment->file_size;
        }
        if ((segment->flags & PF_W) != 0) {
            marks->data_start = marks->data_start == 0 ? segment->address : marks->data_start;
            marks->data_end = segment->address + segment->file_size;
        }
    }
}

static int program_fill_space(const struct program_request *request, struct elf_image *image,
                              const struct program_seeds *seeds, struct program *program)
{
    struct program_parts parts = {.interpreter = {.base = 0}};
    int error = program_place(program->space, image);

    if (error == 0)
        error = program_map(program->space, program->executable, image);
    if (error != 0)
        return error;
    addr_space_place_break(program->space, image->end);
    if (image->interpreter_size > 0)
        error = program_load_interpreter(request->context, program->executable, image, program->space,
                                         &parts.interpreter);
    if (error == 0)
        error = program_map_vdso(program->space, &parts.vdso);
    if (error == 0)
        error = program_build_stack(request, image, seeds, &parts, program);
    if (error == 0)
        program_mark(image, &program->layout, &program->space->marks);
    program->entry = image->interpreter_size > 0 ? parts.interpreter.entry : image->entry;
    return error;
}

int program_load(const struct program_request *request, struct program *ret_program,
                 struct elf_reason *ret_reason)
{
    struct program program = {.executable = file_ref(request->file)};
    struct program_seeds seeds;
    struct elf_image image;
    struct program_head head;
    int error = program_resolve_scripts(request, &program.executable, &head);

    ret_reason->text[0] = '\0';
    if (error == 0)
        error = program_file_plan(program.executable, &head, &image, ret_reason);
    if (error == 0) {
        random_fill(&seeds, sizeof(seeds));
        error = addr_space_create(seeds.places, &program.space);
    }
    if (error == 0) {
        program.set_id = program_file_set_id(program.executable);
        program_take_identity(&program, &request->caller);
        error = program_fill_space(request, &image, &seeds, &program);
    }
    if (error != 0) {
        program_discard(&program);
        return error;
    }
    strlcpy(program.name, program_base_name(request->file_name), sizeof(program.name));
    *ret_program = program;
    return 0;
}
