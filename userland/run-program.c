/* /init of `tools/lintel run PROGRAM`: runs one program as its child, passes its input and output through the
 * serial line, and says how it ended. As PID 1 it takes in orphans and reaps them; the machine's work ends
 * with the program, whatever it has left behind.
 *
 * COMMAND_FILE holds strings, each ended by a NUL: the token, the mode ("terminal" or "stream"), the size of
 * the terminal ("ROWS COLUMNS"), how many strings the environment has, the environment, the program, its
 * arguments.
 *
 * What this program sends are frames: 0x1e, the token, a kind, 4 hexadecimal digits that say how many bytes
 * follow, and these. b  begin: what comes before is not the program's o  output, e  error output: in a stream
 *     k  lines of the kernel's log: in a stream
 *     r  the other side may send this many bytes of input, a decimal number: in a stream
 *     x  exit: "status N" or "signal N"
 * As a terminal, between b and x the line is the program's. In a stream the other side answers r with 4
 * hexadecimal digits and so many bytes, none at the end of the input. The kernel logs to the same line: it is
 * told not to where that would cut a frame to pieces. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define COMMAND_FILE "/run/command"
#define COMMAND_MAX_BYTES (256 * 1024)
#define STRINGS_MAX 8192
#define STATUS_NO_PROGRAM 127
#define STATUS_SIGNAL 128 /* and the signal's number */

#define CONSOLE STDIN_FILENO
#define FRAME_START '\x1e'
#define TOKEN_MAX 32
#define PAYLOAD_MAX 1024
#define INPUT_HEADER 4

#define LOG_LEVEL_FILE "/proc/sys/kernel/printk" /* whose first number it is: what is below is shown */
#define LOG_CONSOLE_OFF 6                        /* syslog(2) */
#define LOG_CONSOLE_LEVEL 8
#define LOG_RECORD_MAX 4096

static struct {
    const char *token;
    bool is_terminal;
    struct winsize size;
    char **environment;
    char **arguments;
} command;

/* Input on its way from the line to the program. */
static struct {
    int pipe;       /* the program's input; -1: it does not want any more */
    bool is_asked;  /* the other side has been asked for some */
    size_t missing; /* bytes of the answer that have not come yet */
    size_t header;  /* bytes of its header that have come */
    char header_text[INPUT_HEADER + 1];
    char bytes[PAYLOAD_MAX];
    size_t start, end; /* in `bytes`: what the pipe did not take yet */
} input = {.pipe = -1};

static int output_pipe = -1, error_pipe = -1;

/* The kernel's log. */
static struct {
    int file;  /* /dev/kmsg, -1: cannot be read */
    int level; /* records of lower levels are shown */
} kernel_log = {.file = -1};

/* Cut the file into strings; returns how many, 0 after an error. */
static int read_strings(char *strings[], int count_max)
{
    static char text[COMMAND_MAX_BYTES];
    int file = open(COMMAND_FILE, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof(text));
    int count = 0;

    if (file >= 0)
        close(file);
    if (size <= 0 || text[size - 1] != '\0')
        return 0;
    for (char *at = text; at < text + size && count < count_max; at += strlen(at) + 1)
        strings[count++] = at;
    return count;
}

static bool read_command(void)
{
    static char *strings[STRINGS_MAX + 1];
    unsigned rows, columns;
    int count = read_strings(strings, STRINGS_MAX), environment_count = count > 4 ? atoi(strings[3]) : 0;

    if (count < 5 || environment_count < 0 || environment_count > count - 5 ||
        strlen(strings[0]) > TOKEN_MAX || sscanf(strings[2], "%u %u", &rows, &columns) != 2)
        return false;
    command.token = strings[0];
    command.is_terminal = strcmp(strings[1], "terminal") == 0;
    command.size = (struct winsize){.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    command.arguments = strings + 4 + environment_count;
    command.environment = calloc((size_t)environment_count + 1, sizeof(char *));
    if (command.environment == NULL)
        return false;
    memcpy(command.environment, strings + 4, (size_t)environment_count * sizeof(char *));
    return true;
}

static void write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno != EINTR)
            _exit(STATUS_NO_PROGRAM);
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
}

static void send_frame(char kind, const char *payload, size_t size)
{
    char frame[TOKEN_MAX + 16 + PAYLOAD_MAX];
    int length = snprintf(frame, sizeof(frame), "%c%s%c%04zx", FRAME_START, command.token, kind, size);

    memcpy(frame + length, payload, size);
    write_all(CONSOLE, frame, (size_t)length + size);
}

/* What a program finds where somebody has booted: /proc and its kin. */
static void mount_all(void)
{
    static const struct {
        const char *type, *target, *options;
    } mounts[] = {{"proc", "/proc", NULL},
                  {"sysfs", "/sys", NULL},
                  {"devpts", "/dev/pts", "gid=5,mode=620"},
                  {"tmpfs", "/dev/shm", "mode=1777"}};

    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        mkdir(mounts[i].target, 0755);
        mount(mounts[i].type, mounts[i].target, mounts[i].type, 0, mounts[i].options);
    }
}

static void open_log(void)
{
    FILE *file = fopen(LOG_LEVEL_FILE, "re");

    if (file == NULL || fscanf(file, "%d", &kernel_log.level) != 1)
        kernel_log.level = 0;
    if (file != NULL)
        fclose(file);
    kernel_log.file = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (kernel_log.file >= 0)
        lseek(kernel_log.file, 0, SEEK_END);
}

/* From now on the line is not the log's; or is again. */
static void keep_log_off(bool is_off)
{
    if (is_off)
        klogctl(LOG_CONSOLE_OFF, NULL, 0);
    else if (kernel_log.level > 0)
        klogctl(LOG_CONSOLE_LEVEL, NULL, kernel_log.level);
}

/* One record of /dev/kmsg, "LEVEL,NUMBER,MICROSECONDS,...;TEXT" and a newline: as the log would show it. */
static void send_record(const char *record)
{
    char line[PAYLOAD_MAX];
    unsigned level, number;
    unsigned long long time_us;
    const char *text = strchr(record, ';');

    if (text == NULL || sscanf(record, "%u,%u,%llu", &level, &number, &time_us) != 3 ||
        (int)(level & 7) >= kernel_log.level)
        return;
    int length =
        snprintf(line, sizeof(line), "[%5llu.%06llu] %s", time_us / 1000000, time_us % 1000000, text + 1);
    send_frame('k', line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
}

/* Send on what has been logged. EPIPE: records have been overwritten; there are others. */
static void pass_log(void)
{
    char record[LOG_RECORD_MAX];
    ssize_t size;

    while (kernel_log.file >= 0 &&
           ((size = read(kernel_log.file, record, sizeof(record) - 1)) > 0 || (size < 0 && errno == EPIPE))) {
        if (size > 0) {
            record[size] = '\0';
            send_record(record);
        }
    }
}

/* The line carries bytes as they are. */
static void set_raw(struct termios *ret_before)
{
    struct termios settings;

    if (tcgetattr(CONSOLE, &settings) != 0)
        return;
    *ret_before = settings;
    cfmakeraw(&settings);
    tcsetattr(CONSOLE, TCSANOW, &settings);
}

static _Noreturn void become_program(void)
{
    const char *program = command.arguments[0];

    signal(SIGPIPE, SIG_DFL);
    if (chdir("/root") != 0)
        perror("lintel: /root");
    execve(program, command.arguments, command.environment);
    fprintf(stderr, "lintel: %s: %s\n", program, strerror(errno));
    _exit(STATUS_NO_PROGRAM);
}

static pid_t start_in_terminal(void)
{
    pid_t child = fork();

    if (child != 0)
        return child;
    setsid();
    ioctl(CONSOLE, TIOCSCTTY, 1);
    become_program();
}

static pid_t start_in_stream(void)
{
    int in[2], out[2], error[2];

    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(error, O_CLOEXEC) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        setsid();
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(error[1], STDERR_FILENO);
        become_program();
    }
    close(in[0]);
    close(out[1]);
    close(error[1]);
    input.pipe = in[1];
    output_pipe = out[0];
    error_pipe = error[0];
    fcntl(input.pipe, F_SETFL, O_NONBLOCK);
    fcntl(output_pipe, F_SETFL, O_NONBLOCK);
    fcntl(error_pipe, F_SETFL, O_NONBLOCK);
    return child;
}

/* Send on what is in the pipe. Says whether there may be more one day. */
static bool pass_output(int pipe, char kind)
{
    char bytes[PAYLOAD_MAX];
    ssize_t size;

    while ((size = read(pipe, bytes, sizeof(bytes))) > 0)
        send_frame(kind, bytes, (size_t)size);
    return size < 0 && (errno == EAGAIN || errno == EINTR);
}

static void pass_outputs(const struct pollfd *output, const struct pollfd *error)
{
    if (output->revents != 0 && !pass_output(output_pipe, 'o')) {
        close(output_pipe);
        output_pipe = -1;
    }
    if (error->revents != 0 && !pass_output(error_pipe, 'e')) {
        close(error_pipe);
        error_pipe = -1;
    }
}

static void end_input(void)
{
    close(input.pipe);
    input.pipe = -1;
}

/* The program can take input: give it what there is, or ask for some. */
static void feed_program(void)
{
    while (input.start < input.end) {
        ssize_t written = write(input.pipe, input.bytes + input.start, input.end - input.start);
        if (written < 0) {
            if (errno != EAGAIN && errno != EINTR)
                end_input();
            return;
        }
        input.start += (size_t)written;
    }
    input.start = input.end = 0;
    if (!input.is_asked) {
        char request[8];
        int length = snprintf(request, sizeof(request), "%d", PAYLOAD_MAX);
        send_frame('r', request, (size_t)length);
        input.is_asked = true;
        input.header = 0;
    }
}

/* Take of the answer what has come. */
static void receive_input(void)
{
    if (input.header < INPUT_HEADER) {
        ssize_t size = read(CONSOLE, input.header_text + input.header, INPUT_HEADER - input.header);
        if (size <= 0)
            return;
        input.header += (size_t)size;
        if (input.header < INPUT_HEADER)
            return;
        input.missing = strtoul(input.header_text, NULL, 16);
        if (input.missing == 0 || input.missing > sizeof(input.bytes)) {
            if (input.pipe >= 0)
                end_input();
            return; /* it stays asked: nothing comes any more */
        }
        input.start = input.end = 0;
        return;
    }
    ssize_t size = read(CONSOLE, input.bytes + input.end, input.missing);
    if (size <= 0)
        return;
    input.end += (size_t)size;
    input.missing -= (size_t)size;
    if (input.missing == 0)
        input.is_asked = false;
}

/* A signal without effect, but that ppoll() ends. */
static void note_child(int signal)
{
    (void)signal;
}

/* Reap whoever has ended. Says whether the program has. */
static bool reap(pid_t child, int *ret_status)
{
    int status;
    pid_t ended;
    bool has_ended = false;

    while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
        if (ended == child) {
            *ret_status = status;
            has_ended = true;
        }
    }
    return has_ended;
}

/* Pass input and output until the program has ended; returns its status. */
static int serve_stream(pid_t child)
{
    sigset_t blocked, open_mask;
    int status;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, &open_mask);
    while (!reap(child, &status)) {
        const bool can_feed =
            input.pipe >= 0 && input.missing == 0 && (!input.is_asked || input.start < input.end);
        struct pollfd files[] = {
            {.fd = output_pipe, .events = POLLIN},
            {.fd = error_pipe, .events = POLLIN},
            {.fd = input.pipe, .events = can_feed ? POLLOUT : 0},
            {.fd = input.is_asked ? CONSOLE : -1, .events = POLLIN},
            {.fd = kernel_log.file, .events = POLLIN},
        };
        if (ppoll(files, 5, NULL, &open_mask) < 0)
            continue;
        pass_outputs(&files[0], &files[1]);
        pass_log();
        if ((files[2].revents & POLLERR) != 0)
            end_input();
        else if (files[2].revents != 0)
            feed_program();
        if (files[3].revents != 0)
            receive_input();
    }
    if (output_pipe >= 0)
        pass_output(output_pipe, 'o');
    if (error_pipe >= 0)
        pass_output(error_pipe, 'e');
    pass_log();
    return status;
}

static int serve_terminal(pid_t child)
{
    int status = 0;
    pid_t ended;

    do {
        ended = wait(&status);
    } while (ended != child && (ended > 0 || errno == EINTR));
    return status;
}

/* Say how it ended; returns the status that a shell would have. */
static int report(int status)
{
    bool is_signal = WIFSIGNALED(status);
    int number = is_signal ? WTERMSIG(status) : WEXITSTATUS(status);
    char text[32];
    int length = snprintf(text, sizeof(text), "%s %d", is_signal ? "signal" : "status", number);

    send_frame('x', text, (size_t)length);
    return is_signal ? STATUS_SIGNAL + number : number;
}

int main(void)
{
    struct termios settings = {0}, raw;

    if (!read_command()) {
        fprintf(stderr, "lintel: %s does not hold a command\n", COMMAND_FILE);
        return STATUS_NO_PROGRAM;
    }
    struct sigaction on_child = {.sa_handler = note_child};
    sigaction(SIGCHLD, &on_child, NULL);
    signal(SIGPIPE, SIG_IGN);
    set_raw(&settings);
    ioctl(CONSOLE, TIOCSWINSZ, &command.size);
    mount_all();
    open_log();
    keep_log_off(true);
    send_frame('b', "", 0);
    if (command.is_terminal) {
        tcsetattr(CONSOLE, TCSADRAIN, &settings);
        keep_log_off(false);
    }
    pid_t child = command.is_terminal ? start_in_terminal() : start_in_stream();
    if (child < 0) {
        perror("lintel: the program cannot be started");
        return STATUS_NO_PROGRAM;
    }
    int status = command.is_terminal ? serve_terminal(child) : serve_stream(child);
    set_raw(&raw);
    keep_log_off(true);
    status = report(status);
    tcdrain(CONSOLE);
    keep_log_off(false);
    return status;
}
