/* The clock runs at the TSC's rate, as measured, and can be stepped. Errors and status are whoever's that
 * keeps it right: kept and told, no more. */
#include "time/clock_adjust.h"

#include "abi/errno.h"
#include "core/clock.h"
#include "lib/time_math.h"
#include "time/wall_clock.h"

#define ERROR_UNKNOWN_US 16000000
#define TICK_US 10000 /* at 100 ticks a second */
#define TICK_SLACK_US 1000
#define TOLERANCE (500ll << 16) /* as Linux has it: ppm, with 16 bits behind the point */
#define CONSTANT_MAX 10

/* Locks: w = wall_clock_lock() */
static struct {
    int64_t maximum_error, estimated_error; /* [w] us */
    int64_t constant;                       /* [w] */
    int32_t status;                         /* [w] STA_* */
} quality = {ERROR_UNKNOWN_US, ERROR_UNKNOWN_US, 2, STA_UNSYNC};

static int check_modes(const struct timex *timex, bool is_permitted)
{
    const unsigned modes = timex->modes;

    if ((modes & ADJ_ADJTIME) != 0) {
        if ((modes & ADJ_OFFSET) == 0)
            return -EINVAL;
        return (modes & ADJ_OFFSET_READONLY) == 0 && !is_permitted ? -EPERM : 0;
    }
    if (modes != 0 && !is_permitted)
        return -EPERM;
    if ((modes & ADJ_TICK) != 0 &&
        (timex->tick < TICK_US - TICK_SLACK_US || timex->tick > TICK_US + TICK_SLACK_US))
        return -EINVAL;
    return 0;
}

/* Nothing makes it run faster or slower. */
static bool changes_rate(const struct timex *timex)
{
    const unsigned modes = timex->modes;

    if ((modes & ADJ_ADJTIME) != 0)
        return (modes & ADJ_OFFSET_READONLY) == 0 && timex->offset != 0;
    return ((modes & ADJ_OFFSET) != 0 && timex->offset != 0) ||
           ((modes & ADJ_FREQUENCY) != 0 && timex->frequency != 0) ||
           ((modes & ADJ_TICK) != 0 && timex->tick != TICK_US) ||
           ((modes & ADJ_TAI) != 0 && timex->constant != 0);
}

/* Step the clock by timex->time. */
static int clock_step(const struct timex *timex)
{
    const int64_t part = timex->time.microseconds;
    const bool is_nano = (timex->modes & ADJ_NANO) != 0;
    const int64_t parts = (int64_t)(is_nano ? NS_PER_SECOND : US_PER_SECOND);
    int64_t step_ns, wall_ns;

    if (part < 0 || part >= parts)
        return -EINVAL;
    if (__builtin_mul_overflow(timex->time.seconds, (int64_t)NS_PER_SECOND, &step_ns) ||
        __builtin_add_overflow(step_ns, is_nano ? part : part * (int64_t)NS_PER_US, &step_ns) ||
        __builtin_add_overflow((int64_t)clock_realtime_ns(), step_ns, &wall_ns) || wall_ns < 0)
        return -EINVAL;
    return wall_clock_set((uint64_t)wall_ns);
}

static int64_t clamp(int64_t value, int64_t highest)
{
    return value < 0 ? 0 : value > highest ? highest : value;
}

/* Holds: wall_clock_lock(). */
static void quality_set(const struct timex *timex)
{
    const unsigned modes = timex->modes;

    if ((modes & ADJ_STATUS) != 0)
        quality.status = (quality.status & STA_READ_ONLY) | (timex->status & ~STA_READ_ONLY);
    if ((modes & ADJ_NANO) != 0)
        quality.status |= STA_NANO;
    if ((modes & ADJ_MICRO) != 0)
        quality.status &= ~STA_NANO;
    if ((modes & ADJ_MAXERROR) != 0)
        quality.maximum_error = clamp(timex->maximum_error, ERROR_UNKNOWN_US);
    if ((modes & ADJ_ESTERROR) != 0)
        quality.estimated_error = clamp(timex->estimated_error, ERROR_UNKNOWN_US);
    if ((modes & ADJ_TIMECONST) != 0)
        quality.constant = clamp(timex->constant + ((quality.status & STA_NANO) != 0 ? 0 : 4), CONSTANT_MAX);
}

/* Holds: wall_clock_lock(). */
static void quality_tell(struct timex *timex)
{
    const struct timespec64 now = time_to_timespec(clock_realtime_ns());
    const bool is_nano = (quality.status & STA_NANO) != 0;

    *timex = (struct timex){
        .modes = timex->modes,
        .maximum_error = quality.maximum_error,
        .estimated_error = quality.estimated_error,
        .status = quality.status,
        .constant = quality.constant,
        .precision = 1,
        .tolerance = TOLERANCE,
        .time = {now.seconds, is_nano ? now.nanoseconds : now.nanoseconds / (int64_t)NS_PER_US},
        .tick = TICK_US,
    };
}

int clock_adjust(struct timex *timex, bool is_permitted)
{
    int error = check_modes(timex, is_permitted);

    if (error == 0 && changes_rate(timex))
        error = -EINVAL;
    if (error == 0 && (timex->modes & ADJ_ADJTIME) == 0 && (timex->modes & ADJ_SETOFFSET) != 0)
        error = clock_step(timex);
    if (error != 0)
        return error;
    wall_clock_lock();
    if ((timex->modes & ADJ_ADJTIME) == 0)
        quality_set(timex);
    quality_tell(timex);
    const bool is_wrong = (quality.status & (STA_UNSYNC | STA_CLOCKERR)) != 0;
    wall_clock_unlock();
    return is_wrong ? TIME_ERROR : TIME_OK;
}
