/* The keyboard's requests, ioctl_console(2): values and errors. Linux has no console where the other programs
 * are compared with it; what is expected here is what its drivers/tty/vt/keyboard.c does. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "abi/keyboard.h"

#define KEY_UP 103

static int terminal;

static const char *name_of(int error)
{
    return error == 0        ? "ok"
           : error == EPERM  ? "EPERM"
           : error == EINVAL ? "EINVAL"
           : error == EFAULT ? "EFAULT"
           : error == ENOTTY ? "ENOTTY"
                             : strerror(error);
}

static const char *request(unsigned long number, unsigned long argument)
{
    return name_of(ioctl(terminal, number, argument) == 0 ? 0 : errno);
}

#define REQUEST(number, argument) request((number), (unsigned long)(argument))

static unsigned get(unsigned table, unsigned key)
{
    struct kbentry entry = {table, key, 0};

    return ioctl(terminal, KDGKBENT, &entry) == 0 ? entry.kb_value : 0xffffu;
}

static const char *set(unsigned table, unsigned key, unsigned value)
{
    struct kbentry entry = {table, key, value};

    return REQUEST(KDSKBENT, &entry);
}

static void modes(void)
{
    long value = -1;
    char byte = -1;

    printf("type: %s", REQUEST(KDGKBTYPE, &byte));
    printf(" %d\n", byte);
    value = 0;
    printf("mode: %s", REQUEST(KDGKBMODE, &value));
    printf(" %ld\n", value);
    value = 0;
    printf("meta: %s", REQUEST(KDGKBMETA, &value));
    printf(" %ld\n", value);
    for (unsigned long mode = 0; mode <= 5; mode++) {
        value = 0;
        printf("mode %lu: %s", mode, REQUEST(KDSKBMODE, mode));
        printf(" %s", REQUEST(KDGKBMODE, &value));
        printf(" %ld\n", value);
    }
    printf("back: %s\n", REQUEST(KDSKBMODE, K_UNICODE));
    printf("meta: %s", REQUEST(KDSKBMETA, K_METABIT));
    printf(" %s", REQUEST(KDSKBMETA, 5));
    printf(" %s\n", REQUEST(KDSKBMETA, K_ESCPREFIX));
}

static void lights(void)
{
    unsigned char byte = 0xff;

    printf("locks: %s", REQUEST(KDSKBLED, 0x25));
    printf(" %s", REQUEST(KDGKBLED, &byte));
    printf(" %02x", byte);
    printf(" %s", REQUEST(KDGETLED, &byte));
    printf(" %02x", byte);
    printf(" %s\n", REQUEST(KDSKBLED, 0x80));
    printf("lights: %s", REQUEST(KDSETLED, 2));
    printf(" %s", REQUEST(KDGETLED, &byte));
    printf(" %02x", byte);
    printf(" %s", REQUEST(KDSETLED, 8));
    printf(" %s", REQUEST(KDGETLED, &byte));
    printf(" %02x\n", byte);
    printf("reset: %s", REQUEST(KDSKBLED, 0x24));
    (void)!write(terminal, "\033c", 2);
    printf(" %s", REQUEST(KDGKBLED, &byte));
    printf(" %02x\n", byte);
    printf("none: %s\n", REQUEST(KDSKBLED, 0));
}

static void keymap(void)
{
    printf("a: %04x %04x %04x %04x\n", get(0, 30), get(1, 30), get(4, 30), get(8, 30));
    printf("no map: %04x %04x\n", get(3, 0), get(3, 30));
    printf("wrong: %s", set(0, 30, K(KT_SHIFT, 9)));
    printf(" %s", set(0, 30, K(KT_CUR, 4)));
    printf(" %s\n", set(0, 0, K(KT_CUR, 4)));
    printf("key 0: %s", set(0, 0, K(KT_LATIN, 'x')));
    printf(" %04x\n", get(0, 0));
    printf("a character: %s", set(3, 30, 0x20ac ^ 0xf000));
    printf(" %04x %04x %04x\n", get(3, 30), get(3, 31), get(3, 0));
    (void)REQUEST(KDSKBMODE, K_XLATE);
    printf("8 bits: %04x", get(3, 30));
    printf(" %s\n", set(3, 30, 0x20ac ^ 0xf000));
    (void)REQUEST(KDSKBMODE, K_UNICODE);
    printf("no map again: %s", set(3, 0, K_NOSUCHMAP));
    printf(" %04x\n", get(3, 30));
    printf("map 0 stays: %s", set(0, 0, K_NOSUCHMAP));
    printf(" %04x\n", get(0, 30));
    printf("bad pointers: %s", REQUEST(KDGKBENT, 8));
    printf(" %s", REQUEST(KDSKBENT, ~0ul));
    printf(" %s\n", REQUEST(KDGKBMODE, 8));
}

static void strings(void)
{
    struct kbsentry entry = {.kb_func = 0};

    printf("F1: %s", REQUEST(KDGKBSENT, &entry));
    printf(" %zu %s\n", strlen((char *)entry.kb_string), entry.kb_string + 1);
    memset(entry.kb_string, 'x', sizeof(entry.kb_string)); /* without an end */
    printf("long: %s", REQUEST(KDSKBSENT, &entry));
    printf(" %s", REQUEST(KDGKBSENT, &entry));
    printf(" %zu\n", strlen((char *)entry.kb_string));
    strcpy((char *)entry.kb_string, "\033[[A");
    printf("back: %s", REQUEST(KDSKBSENT, &entry));
    entry.kb_func = 255;
    printf(" %s", REQUEST(KDGKBSENT, &entry));
    printf(" %zu %s\n", strlen((char *)entry.kb_string), REQUEST(KDSKBSENT, 8));
}

static void accents(void)
{
    static struct kbdiacrs narrow;
    static struct kbdiacrsuc wide;

    printf("accents: %s", REQUEST(KDGKBDIACR, &narrow));
    printf(" %u %02x %02x %02x\n", narrow.kb_cnt, narrow.kbdiacr[0].diacr, narrow.kbdiacr[0].base,
           narrow.kbdiacr[0].result);
    printf("wide: %s", REQUEST(KDGKBDIACRUC, &wide));
    printf(" %u %04x\n", wide.kb_cnt, wide.kbdiacruc[67].result);
    wide.kb_cnt = 256;
    printf("too many: %s\n", REQUEST(KDSKBDIACRUC, &wide));
    wide.kb_cnt = 2;
    wide.kbdiacruc[1].result = 0x1f600;
    printf("two: %s", REQUEST(KDSKBDIACRUC, &wide));
    printf(" %s", REQUEST(KDGKBDIACR, &narrow));
    printf(" %u %02x %02x\n", narrow.kb_cnt, narrow.kbdiacr[0].result, narrow.kbdiacr[1].result);
    narrow.kb_cnt = 0;
    printf("none: %s", REQUEST(KDSKBDIACR, &narrow));
    printf(" %s", REQUEST(KDGKBDIACRUC, &wide));
    printf(" %u\n", wide.kb_cnt);
    printf("bad pointers: %s", REQUEST(KDGKBDIACR, 8));
    printf(" %s\n", REQUEST(KDSKBDIACRUC, 8));
}

static void repeats(void)
{
    struct kbd_repeat repeat = {.delay = 0, .period = -1};

    printf("repeat: %s", REQUEST(KDKBDREP, &repeat));
    printf(" %d %d", repeat.delay, repeat.period);
    repeat = (struct kbd_repeat){500, 50};
    printf(" %s", REQUEST(KDKBDREP, &repeat));
    printf(" %d %d\n", repeat.delay, repeat.period);
}

/* A key sends a signal: the test presses it. */
static void signal_of_key(void)
{
    sigset_t wanted;
    const struct timespec patience = {60, 0};
    const unsigned usual = get(8, KEY_UP);

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    printf("signal: %s %s", REQUEST(KDSIGACCEPT, 0), REQUEST(KDSIGACCEPT, SIGKILL));
    printf(" %s", REQUEST(KDSIGACCEPT, 65));
    printf(" %s %s\n", REQUEST(KDSIGACCEPT, SIGUSR1), set(8, KEY_UP, K_SPAWNCONSOLE));
    printf("press Alt+Up\n");
    fflush(stdout);
    printf("pressed: %d\n", sigtimedwait(&wanted, NULL, &patience) == SIGUSR1);
    set(8, KEY_UP, usual);
}

static void without_rights(void)
{
    char byte;

    if (setuid(1000) != 0)
        perror("setuid");
    printf("nobody in particular: %s", REQUEST(KDGKBTYPE, &byte));
    printf(" %04x %s", get(0, 30), set(0, 30, K(KT_LATIN, 'x')));
    printf(" %s", REQUEST(KDSKBMODE, K_OFF));
    printf(" %s", REQUEST(KDSETLED, 7));
    printf(" %s", REQUEST(KDSKBSENT, &byte));
    printf(" %s", REQUEST(KDSIGACCEPT, SIGUSR1));
    printf(" %s\n", REQUEST(0x4b99, 0));
    (void)REQUEST(KDSKBMODE, K_UNICODE); /* it is the caller's own terminal */
    (void)REQUEST(KDSETLED, 8);
}

int main(int count, char **arguments)
{
    terminal = open(count > 1 ? arguments[1] : "/dev/tty1", O_RDWR | O_NOCTTY);
    if (terminal < 0) {
        perror("open");
        return 1;
    }
    modes();
    lights();
    keymap();
    strings();
    accents();
    repeats();
    signal_of_key();
    without_rights();
    return 0;
}
