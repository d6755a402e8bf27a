/* Pipes and FIFOs: what is measured of Linux; the other side acts when the thread would block. */
#include "fs/pipe.h"

#include "abi/errno.h"
#include "fake_fs.h"
#include "fs/file.h"
#include "mm/alloc_failure.h"
#include "mm/types.h"
#include "test.h"

static struct file *reader, *writer;
static char bytes[200000];

static int set_up(void **state)
{
    (void)state;
    fake_fs_begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_fs_end();
    return 0;
}

static void open_pipe(unsigned flags)
{
    assert_int_equal(pipe_create(flags, &fake_credentials[0], &reader, &writer), 0);
}

static int64_t put(size_t size)
{
    struct io io = io_user((user_ptr_t){(uint64_t)bytes}, size);

    return file_write(writer, &io);
}

static int64_t take(size_t size)
{
    struct io io = io_user((user_ptr_t){(uint64_t)bytes}, size);

    return file_read(reader, &io);
}

static void close_pipe(void)
{
    file_unref(reader);
    file_unref(writer);
}

static void without_waiting_it_takes_64_kib(void **state)
{
    (void)state;
    open_pipe(O_NONBLOCK);
    assert_int_equal(take(1), -EAGAIN);
    assert_int_equal(put(100000), 65536);
    assert_int_equal(put(1), -EAGAIN);
    assert_int_equal(take(4095), 4095);
    assert_int_equal(put(4096), -EAGAIN); /* not in part */
    assert_int_equal(file_poll(writer, NULL), 0);
    assert_int_equal(put(5000), 4095);
    assert_int_equal(take(1) + take(4095), 4096);
    assert_int_equal(put(4096), 4096);
    assert_int_equal(take(0), 0);
    assert_int_equal(put(0), 0);
    close_pipe();
}

static void bytes_come_out_as_they_went_in(void **state)
{
    static unsigned char sent[1 << 16], got[1 << 16];
    uint64_t in = 0, out = 0;

    (void)state;
    open_pipe(O_NONBLOCK);
    for (int i = 0; i < 20000; i++) {
        size_t size = random_below(9000);
        if (random_below(2) == 0) {
            for (size_t j = 0; j < size; j++)
                sent[j] = (unsigned char)((in + j) * 7 >> 3);
            struct io io = io_kernel(sent, size);
            int64_t count = file_write(writer, &io);
            in += count > 0 ? (uint64_t)count : 0;
        } else {
            struct io io = io_kernel(got, size);
            int64_t count = file_read(reader, &io);
            for (int64_t j = 0; j < count; j++)
                assert_int_equal(got[j], (unsigned char)((out + (uint64_t)j) * 7 >> 3));
            out += count > 0 ? (uint64_t)count : 0;
        }
        assert_true(in - out <= PIPE_SIZE);
    }
    close_pipe();
}

static void the_ends_are_one_way(void **state)
{
    struct io io = io_kernel(bytes, 1);

    (void)state;
    open_pipe(0);
    assert_int_equal(file_read(writer, &io), -EBADF);
    assert_int_equal(file_write(reader, &io), -EBADF);
    assert_int_equal(file_seek(reader, 0, SEEK_SET), -ESPIPE);
    assert_int_equal(file_read_at(reader, &io, 0), -ESPIPE);
    assert_int_equal(file_truncate(writer, 0), -EINVAL);
    close_pipe();
}

static void when_the_other_end_is_gone(void **state)
{
    (void)state;
    open_pipe(0);
    assert_int_equal(put(3), 3);
    file_unref(writer);
    assert_int_equal(file_poll(reader, NULL), POLLIN | POLLRDNORM | POLLHUP);
    assert_int_equal(take(10), 3);
    assert_int_equal(take(10), 0);
    file_unref(reader);
    open_pipe(0);
    file_unref(reader);
    assert_int_equal(file_poll(writer, NULL), POLLOUT | POLLWRNORM | POLLERR);
    assert_int_equal(put(1), -EPIPE);
    assert_int_equal(put(0), 0);
    file_unref(writer);
}

static void act_write(void)
{
    assert_int_equal(put(5), 5);
}

static void act_read(void)
{
    assert_int_equal(take(50000), 50000);
}

static void act_close_writer(void)
{
    file_unref(writer);
}

static void act_close_reader(void)
{
    file_unref(reader);
}

static void act_interrupt(void)
{
    fake_fs.is_interrupted = true;
}

static bool is_interrupted(void)
{
    return fake_fs.is_interrupted;
}

static void who_waits_goes_on(void **state)
{
    (void)state;
    open_pipe(0);
    fake_fs.when_blocked = act_write;
    assert_int_equal(take(100), 5);
    fake_fs.when_blocked = act_read;
    assert_int_equal(put(150000), 150000);
    assert_int_equal(take(100000), 50000);
    fake_fs.when_blocked = act_close_writer;
    assert_int_equal(take(100), 0);
    file_unref(reader);
    open_pipe(0);
    fake_fs.when_blocked = act_close_reader;
    assert_int_equal(put(70000), 65536);
    assert_int_equal(put(70000), -EPIPE);
    file_unref(writer);
}

static void signals_interrupt(void **state)
{
    (void)state;
    readiness_set_interrupted(is_interrupted);
    open_pipe(0);
    fake_fs.when_blocked = act_interrupt;
    assert_int_equal(take(1), -ERESTARTSYS);
    assert_int_equal(put(70000), 65536);
    assert_int_equal(put(1), -ERESTARTSYS);
    fake_fs.is_interrupted = false;
    close_pipe();
}

static void a_piece_that_faults_does_not_count(void **state)
{
    static _Alignas(4096) char two_pages[8192];

    (void)state;
    open_pipe(O_NONBLOCK);
    fake_fs.hole_start = (uint64_t)two_pages + 4096;
    fake_fs.hole_end = fake_fs.hole_start + 4096;
    struct io io = io_user((user_ptr_t){fake_fs.hole_start - 6}, 10);
    assert_int_equal(file_write(writer, &io), -EFAULT);
    assert_int_equal(take(10), -EAGAIN);
    assert_int_equal(put(10), 10);
    io = io_user((user_ptr_t){fake_fs.hole_start - 6}, 10);
    assert_int_equal(file_read(reader, &io), -EFAULT);
    assert_int_equal(take(100), 10);
    close_pipe();
}

static unsigned notified;

static struct readiness_relay *notify(struct poll_hook *hook)
{
    (void)hook;
    notified++;
    return NULL;
}

static void hooks_hear_of_changes(void **state)
{
    struct poll_hook hook = {.notify = notify};

    (void)state;
    open_pipe(0);
    notified = 0;
    assert_int_equal(file_poll(reader, &hook), 0);
    assert_int_equal(put(1), 1);
    assert_int_equal(notified, 1);
    assert_int_equal(file_poll(reader, NULL), POLLIN | POLLRDNORM);
    readiness_remove(&hook);
    readiness_remove(&hook);
    assert_int_equal(put(1), 1);
    assert_int_equal(notified, 1);
    close_pipe();
}

static void hooks_hear_only_of_what_they_want(void **state)
{
    struct poll_hook hook = {.notify = notify, .events = POLLOUT};

    (void)state;
    open_pipe(0);
    notified = 0;
    assert_int_equal(file_poll(writer, &hook), POLLOUT | POLLWRNORM);
    assert_int_equal(put(1), 1);
    assert_int_equal(take(1), 1); /* there was room before */
    assert_int_equal(notified, 0);
    assert_int_equal(put(PIPE_SIZE), PIPE_SIZE);
    assert_int_equal(notified, 0);
    assert_int_equal(take(PIPE_SIZE), PIPE_SIZE);
    assert_int_equal(notified, 1);
    readiness_remove(&hook);
    close_pipe();
}

/* A readiness that follows from another one: it is signalled with no lock held, once. */
static struct readiness_relay relay;
static unsigned relays_put;

static void put_relay(struct readiness_relay *given)
{
    assert_ptr_equal(given, &relay);
    relays_put++;
}

static struct readiness_relay *pass_on(struct poll_hook *hook)
{
    (void)hook;
    return &relay;
}

static void relays_are_signalled_once(void **state)
{
    struct poll_hook first = {.notify = pass_on}, second = {.notify = pass_on}, outer = {.notify = notify};

    (void)state;
    open_pipe(0);
    readiness_init(&relay.readiness);
    relay.put = put_relay;
    readiness_add(&relay.readiness, &outer);
    notified = 0;
    relays_put = 0;
    assert_int_equal(file_poll(reader, &first), 0);
    assert_int_equal(file_poll(reader, &second), 0);
    assert_int_equal(put(1), 1);
    assert_int_equal(notified, 1);
    assert_int_equal(relays_put, 2);
    assert_int_equal(put(1), 1);
    assert_int_equal(notified, 2);
    readiness_remove(&first);
    readiness_remove(&second);
    readiness_remove(&outer);
    close_pipe();
}

static struct file *opened_meanwhile;

static void make_fifo(void)
{
    struct node_template template = {.mode = S_IFIFO | 0666};

    assert_int_equal(path_create(&fake_root, "fifo", &template), 0);
}

static void act_open_and_close_writer(void)
{
    assert_int_equal(file_open(&fake_root, "fifo", O_RDWR, 0, &opened_meanwhile), 0);
    file_unref(opened_meanwhile);
}

static void fifos_wait_for_a_partner(void **state)
{
    (void)state;
    readiness_set_interrupted(is_interrupted);
    make_fifo();
    assert_int_equal(file_open(&fake_root, "fifo", O_WRONLY | O_NONBLOCK, 0, &writer), -ENXIO);
    assert_int_equal(file_open(&fake_root, "fifo", O_RDONLY | O_NONBLOCK, 0, &reader), 0);
    assert_int_equal(file_poll(reader, NULL), 0); /* nobody has hung up */
    assert_int_equal(take(1), 0);
    assert_int_equal(file_open(&fake_root, "fifo", O_WRONLY, 0, &writer), 0);
    assert_int_equal(put(4), 4);
    file_unref(writer);
    assert_int_equal(file_poll(reader, NULL), POLLIN | POLLRDNORM | POLLHUP);
    assert_int_equal(take(10), 4);
    file_unref(reader);
    fake_fs.when_blocked = act_open_and_close_writer;
    assert_int_equal(file_open(&fake_root, "fifo", O_RDONLY, 0, &reader), 0);
    assert_int_equal(take(1), 0);
    file_unref(reader);
    fake_fs.when_blocked = act_interrupt;
    assert_int_equal(file_open(&fake_root, "fifo", O_RDONLY, 0, &reader), -ERESTARTSYS);
    fake_fs.is_interrupted = false;
    assert_int_equal(path_unlink(&fake_root, "fifo"), 0);
}

static void no_memory_is_an_error(void **state)
{
    (void)state;
    for (uint64_t successes = 0;; successes++) {
        alloc_failure_set(successes);
        int error = pipe_create(O_NONBLOCK, &fake_credentials[0], &reader, &writer);
        if (error == 0) {
            int64_t count = put(9000);
            assert_true(count == 9000 || (alloc_failure_has_happened() && (count == -ENOMEM || count > 0)));
            close_pipe();
        } else {
            assert_true(error == -ENOMEM || error == -ENFILE);
        }
        if (!alloc_failure_has_happened())
            break;
        assert_true(successes < 100);
    }
    alloc_failure_set(UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_waiting_it_takes_64_kib, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_come_out_as_they_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_ends_are_one_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(when_the_other_end_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_waits_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(signals_interrupt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_piece_that_faults_does_not_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hooks_hear_of_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hooks_hear_only_of_what_they_want, set_up, tear_down),
        cmocka_unit_test_setup_teardown(relays_are_signalled_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fifos_wait_for_a_partner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_memory_is_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
