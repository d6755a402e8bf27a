/* Text from utask to the console. */
#ifndef LINTEL_UTASK_CONSOLE_H
#define LINTEL_UTASK_CONSOLE_H

/* Write formatted text to descriptor 1; longer than 255 characters: cut. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
