#include "vt/vt_screen.h"

#include <stdatomic.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timer.h"
#include "dev/screen.h"
#include "dev/screen_canvas.h"
#include "mm/kernel_map.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"
#include "vt/vt_internal.h"

#define RESCUE_MEMORY_SIZE 73728u /* 25 lines of 160 cells */
#define DRAW_INTERVAL_NS 16000000u
#define DRAW_LATE_NS 250000000u /* the thread does not come to run */

struct vt_state vt_state = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_SCREEN), .front = 1, .log = 1};

/* When the screen is drawn.
 * Locks: a = atomic   w = drawing.lock */
static struct {
    atomic_bool is_pending;    /* [a] a drawing will come and show all that has changed until it begins */
    atomic_bool has_thread;    /* [a] set once */
    atomic_bool is_late;       /* [a] the next interrupt draws */
    _Atomic(uint64_t) last_ns; /* [a] when the last one began */
    _Atomic(uint64_t) count;   /* [a] that have ended */
    struct spinlock lock;      /* rank LOCK_RANK_WAIT_QUEUE */
    struct wait_queue waiters; /* [w] the thread */
    bool is_due;               /* [w] the thread has been told, and has not begun */
    uint64_t late_ns;          /* [w] when it should have */
} drawing = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_WAIT_QUEUE),
             .waiters = WAIT_QUEUE_INITIALIZER(drawing.waiters)};

/* Whoever sees to a drawing starts his CPU's: nobody has to wait for one that is being called elsewhere. */
static struct timer drawing_timers[CPU_COUNT_MAX];

/* In a panic nobody else runs, and who held the lock never lets go of it. */
static struct spinlock_state vt_lock(void)
{
    if (log_is_emergency())
        return (struct spinlock_state){false};
    return spin_lock(&vt_state.lock);
}

static void vt_unlock(struct spinlock_state state)
{
    if (!log_is_emergency())
        spin_unlock(&vt_state.lock, state);
}

void vt_redraw_locked(void)
{
    terminal_touch(vt_front_locked()->terminal);
    screen_set_palette(terminal_palette(vt_front_locked()->terminal));
}

/* Draw the next row that has changed, at *row or below; false if there is none. Holds: vt_state.lock. */
static bool draw_row_locked(unsigned *row)
{
    struct vt *vt = vt_front_locked();

    if (vt->is_graphics)
        return false;
    if (terminal_take_palette_change(vt->terminal))
        vt_redraw_locked();
    *row = terminal_next_changed_row(vt->terminal, *row);
    if (*row == terminal_rows(vt->terminal))
        return false;
    terminal_take_row(vt->terminal, *row, vt_state.row);
    screen_show_row((*row)++, vt_state.row);
    return true;
}

/* Draw all that has changed. Context: any but NMI, vt_state.lock not held. */
static void draw(void)
{
    unsigned row = 0;
    bool has_more = true;

    atomic_store(&drawing.last_ns, clock_monotonic_ns());
    atomic_store(&drawing.is_pending, false);
    while (has_more) {
        struct spinlock_state state = vt_lock();
        has_more = draw_row_locked(&row);
        vt_unlock(state);
    }
    atomic_fetch_add_explicit(&drawing.count, 1, memory_order_relaxed);
}

uint64_t vt_screen_drawings(void)
{
    return atomic_load(&drawing.count);
}

static bool was_drawn_lately(void)
{
    return clock_monotonic_ns() - atomic_load(&drawing.last_ns) < DRAW_INTERVAL_NS;
}

static void start_timer(uint64_t deadline_ns)
{
    bool were_enabled = cpu_interrupts_save();

    timer_start(&drawing_timers[percpu_get()->cpu_index], deadline_ns);
    cpu_interrupts_restore(were_enabled);
}

void vt_draw_soon(void)
{
    if (!atomic_load(&drawing.has_thread))
        draw();
    else if (!atomic_exchange(&drawing.is_pending, true))
        start_timer(atomic_load(&drawing.last_ns) + DRAW_INTERVAL_NS);
}

void vt_draw_here(void)
{
    if (atomic_load(&drawing.is_pending))
        return;
    if (was_drawn_lately())
        vt_draw_soon();
    else
        draw();
}

/* Tell the thread, and look again whether it has come to run: the screen does not stand still because threads
 * do. Drawing takes long: an interrupt of its own does it, not the timer's. */
static void drawing_is_due(struct timer *timer)
{
    const uint64_t now_ns = clock_monotonic_ns();
    bool is_late = false;
    struct spinlock_state state = spin_lock(&drawing.lock);

    if (drawing.is_due) {
        is_late = now_ns >= drawing.late_ns;
    } else if (atomic_load(&drawing.is_pending)) {
        drawing.is_due = true;
        drawing.late_ns = now_ns + DRAW_LATE_NS;
        wait_queue_wake_one(&drawing.waiters);
    }
    if (is_late)
        drawing.late_ns = now_ns + DRAW_LATE_NS;
    const bool must_look_again = drawing.is_due;
    const uint64_t look_ns = drawing.late_ns;
    spin_unlock(&drawing.lock, state);

    if (must_look_again)
        timer_start(timer, look_ns);
    if (is_late) {
        atomic_store(&drawing.is_late, true);
        ipi_send(percpu_get()->cpu_index, TRAP_VECTOR_SCREEN);
    }
}

static void drawing_thread(void *argument)
{
    (void)argument;
    for (;;) {
        struct spinlock_state state = spin_lock(&drawing.lock);
        while (!drawing.is_due)
            wait_queue_sleep(&drawing.waiters, &drawing.lock, &state);
        drawing.is_due = false;
        spin_unlock(&drawing.lock, state);
        draw();
    }
}

/* The log's way to vt_draw_soon(): who logs may hold any lock, this interrupt comes when he holds none. */
static void draw_interrupt(struct trap_frame *frame)
{
    (void)frame;
    lapic_end_of_interrupt();
    if (atomic_exchange(&drawing.is_late, false))
        draw();
    else
        vt_draw_soon();
}

int vt_screen_start(void)
{
    static const struct thread_options options = {.is_detached = true};

    if (!vt_state.has_screen || !timer_has_interrupt())
        return 0;
    for (unsigned cpu = 0; cpu < CPU_COUNT_MAX; cpu++)
        timer_init(&drawing_timers[cpu], drawing_is_due);
    trap_set_interrupt_handler(TRAP_VECTOR_SCREEN, draw_interrupt);
    int error = thread_create("screen", drawing_thread, NULL, &options, NULL);
    if (error == 0)
        atomic_store(&drawing.has_thread, true);
    return error;
}

/* Show the log where the machine's end can be read: on the first terminal, whoever has the screen. */
static void take_over(void)
{
    static bool is_done;

    if (is_done)
        return;
    is_done = true;
    if (vt_state.log != 0)
        vt_state.front = vt_state.log;
    vt_front_locked()->is_graphics = false;
    terminal_take_over(vt_front_locked()->terminal);
    screen_set_palette(terminal_palette(vt_front_locked()->terminal));
    screen_forget();
}

/* Context: any. Holds: the log's lock. */
static void log_write(enum log_level level, const char *text, size_t length)
{
    uint32_t color = level <= LOG_ERROR     ? CELL_COLOR_ERROR
                     : level <= LOG_WARNING ? CELL_COLOR_WARNING
                                            : CELL_COLOR_DEFAULT_FOREGROUND;
    bool is_emergency = log_is_emergency();

    struct spinlock_state state = vt_lock();
    if (is_emergency)
        take_over();
    struct vt *vt = vt_state.log == 0 ? vt_front_locked() : &vt_state.vts[vt_state.log - 1];
    terminal_print(vt->terminal, color, text, length);
    bool is_seen = vt == vt_front_locked();
    vt_unlock(state);
    if (!is_seen)
        return;
    if (is_emergency || !atomic_load(&drawing.has_thread) || !was_drawn_lately())
        draw();
    else if (!atomic_load(&drawing.is_pending))
        ipi_send(percpu_get()->cpu_index, TRAP_VECTOR_SCREEN);
}

static struct log_sink log_sink = {.write = log_write, .flush = draw, .is_for_people = true};

/* Make the screen and the first terminal, and show the log on it. Errors: -EINVAL. Context: all else about
 * the screen is in nobody's hands. */
static int screen_begin(const struct boot_framebuffer *framebuffer, void *screen_memory,
                        void *terminal_memory, unsigned screens)
{
    struct screen_geometry geometry;
    int error = screen_geometry_measure(framebuffer, &geometry);

    if (error != 0)
        return error;
    vt_state.vts[0].memory = terminal_memory;
    vt_state.vts[0].terminal =
        terminal_init(terminal_memory, geometry.columns, geometry.rows, screens, &vt_state.vts[0].events);
    vt_state.row = (terminal_cell_t *)((char *)screen_memory + screen_shadow_size(framebuffer));
    (void)terminal_take_palette_change(vt_state.vts[0].terminal);
    error = screen_setup(framebuffer, (void *)framebuffer->virtual_base, screen_memory,
                         terminal_palette(vt_state.vts[0].terminal));
    if (error != 0)
        return error;
    vt_state.has_screen = true;
    log_add_sink(&log_sink);
    return 0;
}

/* What the screen takes: its own grid, and the row that is drawn. 0: it would be refused. */
static size_t screen_memory_size(const struct boot_framebuffer *framebuffer)
{
    struct screen_geometry geometry;

    if (screen_geometry_measure(framebuffer, &geometry) != 0)
        return 0;
    return screen_shadow_size(framebuffer) + geometry.columns * sizeof(terminal_cell_t);
}

static size_t terminal_size(const struct boot_framebuffer *framebuffer, unsigned screens)
{
    struct screen_geometry geometry;

    if (screen_geometry_measure(framebuffer, &geometry) != 0)
        return 0;
    return terminal_memory_size(geometry.columns, geometry.rows, screens);
}

static void *memory_alloc(size_t size)
{
    return kernel_map_alloc((size + PAGE_SIZE - 1) / PAGE_SIZE);
}

int vt_screen_setup(const struct boot_framebuffer *framebuffer)
{
    size_t screen_size, size;

    if (framebuffer->width == 0)
        return -ENODEV;
    screen_size = screen_memory_size(framebuffer);
    size = terminal_size(framebuffer, 2);
    if (screen_size == 0 || size == 0)
        return -EINVAL;
    void *screen_memory = memory_alloc(screen_size), *terminal_memory = memory_alloc(size);
    if (screen_memory == NULL || terminal_memory == NULL)
        return -ENOMEM;
    int error = screen_begin(framebuffer, screen_memory, terminal_memory, 2);
    if (error != 0)
        return error;

    struct screen_geometry geometry = screen_get_geometry();
    log_debug("screen: %ux%u pixels at 0x%lx, %ux%u cells", framebuffer->width, framebuffer->height,
              framebuffer->physical_base, geometry.columns, geometry.rows);
    return 0;
}

void vt_screen_rescue(const struct boot_framebuffer *framebuffer)
{
    static _Alignas(16) char memory[RESCUE_MEMORY_SIZE];
    struct boot_framebuffer part = *framebuffer;
    size_t screen_size, size;

    if (vt_state.has_screen || part.width == 0)
        return;
    for (;; part.height /= 2) {
        screen_size = (screen_memory_size(&part) + 15) & ~(size_t)15;
        size = terminal_size(&part, 1);
        if (size == 0)
            return;
        if (screen_size + size <= sizeof(memory))
            break;
    }
    (void)screen_begin(&part, memory, memory + screen_size, 1);
}

int vt_make_terminal(struct vt *vt)
{
    struct screen_geometry geometry = screen_get_geometry();

    if (vt->memory == NULL)
        vt->memory = memory_alloc(terminal_memory_size(geometry.columns, geometry.rows, 2));
    if (vt->memory == NULL)
        return -ENOMEM;
    struct terminal *terminal = terminal_init(vt->memory, geometry.columns, geometry.rows, 2, &vt->events);
    struct spinlock_state state = spin_lock(&vt_state.lock);
    vt->terminal = terminal;
    spin_unlock(&vt_state.lock, state);
    return 0;
}
