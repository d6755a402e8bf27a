/* Errors in words, for the person in front of the machine.
 *
 * A function of the bootloader that can fail returns 0 or a negative errno and takes a struct error,
 * which it fills only when it fails. The error travels up to main.c, the one place that prints it:
 *
 *     lintel: SUBJECT: REASON
 *     HINT
 */
#ifndef LINTEL_BOOTLOADER_ERROR_H
#define LINTEL_BOOTLOADER_ERROR_H

struct error {
    char subject[256]; /* the file or the part of the machine that it is about */
    char reason[256];
    char hint[256]; /* what to do about it; may be empty */
};

/* Say what is wrong with subject; the hint is cleared. Text that does not fit is cut.
 * Returns code, so that a caller can `return error_set(...)`. */
int error_set(struct error *error, int code, const char *subject, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Add what to do about it to an error that is set. */
void error_hint(struct error *error, const char *hint);

#endif
