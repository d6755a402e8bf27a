/* The two pages are a memory object: programs have it mapped, and get a page when they touch it, so that one
 * that never asks for the time does not pay for it. */
#include "exec/vdso.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "core/clock.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"
#include "mm/memory_object.h"
#include "vdso/vdso_data.h"

enum { VDSO_CODE, VDSO_DATA, VDSO_PAGES };

extern const char vdso_image_start[], vdso_image_end[];

static struct memory_object vdso_object;
static paddr_t vdso_frames[VDSO_PAGES];
static struct vdso_data *vdso_data; /* NULL: there is no vDSO */

static int vdso_get_page(struct memory_object *object, uint64_t page_index, bool for_write,
                         paddr_t *ret_frame)
{
    (void)object;
    (void)for_write;
    if (page_index >= VDSO_PAGES)
        return -ENXIO;
    int error = frame_ref(vdso_frames[page_index]);
    if (error == 0)
        *ret_frame = vdso_frames[page_index];
    return error;
}

/* The kernel's reference is never given up. */
static void vdso_destroy(struct memory_object *object)
{
    (void)object;
}

static const struct memory_object_operations vdso_operations = {.get_page = vdso_get_page,
                                                                .destroy = vdso_destroy};

int vdso_setup(void)
{
    int error = frames_alloc_zeroed(&vdso_frames[VDSO_CODE]);

    if (error != 0)
        return error;
    error = frames_alloc_zeroed(&vdso_frames[VDSO_DATA]);
    if (error != 0) {
        frames_free(vdso_frames[VDSO_CODE], 0);
        return error;
    }
    memory_object_init(&vdso_object, &vdso_operations);
    memcpy(direct_map(vdso_frames[VDSO_CODE]), vdso_image_start, (size_t)(vdso_image_end - vdso_image_start));
    vdso_data = direct_map(vdso_frames[VDSO_DATA]);
    vdso_data->tsc_zero = clock_scale.tsc_zero;
    vdso_data->multiplier = clock_scale.multiplier;
    vdso_data->has_tsc_aux = cpu_features.has_rdtscp;
    vdso_update();
    return 0;
}

int vdso_map(struct addr_space *space, vaddr_t *ret_address)
{
    const struct addr_space_request request = {
        .size = VDSO_PAGES * PAGE_SIZE,
        .protection = MAP_READ | MAP_EXECUTE,
        .name = "[vdso]",
        .object = &vdso_object,
    };

    return vdso_data == NULL ? -ENOSYS : addr_space_map(space, &request, ret_address);
}

void vdso_update(void)
{
    if (vdso_data != NULL)
        __atomic_store_n(&vdso_data->wall_offset_ns, clock_wall_offset_ns(), __ATOMIC_RELEASE);
}
