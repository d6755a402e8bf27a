/* /dev/console: what programs write goes to the screen and the serial line, what is typed there can be read.
 * It is no terminal: nothing is echoed, and there are no signals. Lines end with CR or LF, which are read as
 * LF; Ctrl-D ends what has been typed so far without one: at the start of a line that is the end of the file.
 */
#ifndef LINTEL_FS_CONSOLE_H
#define LINTEL_FS_CONSOLE_H

#include "fs/file.h"

/* Set up. Context: early boot, once. */
void console_setup(void);

/* A character has been typed; it is lost if CONSOLE_INPUT_MAX wait to be read. Context: any but NMI. */
#define CONSOLE_INPUT_MAX 4096
void console_receive(char character);

extern const struct file_operations console_operations;

#endif
