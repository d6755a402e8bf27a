/* Keys as bytes, for programs that make of them what they like: the modes K_RAW and K_MEDIUMRAW. */
#ifndef LINTEL_INPUT_KEY_RAW_H
#define LINTEL_INPUT_KEY_RAW_H

#include <stdbool.h>
#include <stddef.h>

#define KEY_RAW_SIZE 4

/* Put the bytes of a key at `bytes`, KEY_RAW_SIZE of them at most, and return how many: of scan code set 1, 0
 * if there is none for it (has_alt: Alt is down, with which SysRq has another code); of MEDIUMRAW.
 * Context: any; pure. */
size_t key_raw(char *bytes, unsigned code, bool is_down, bool has_alt);
size_t key_medium_raw(char *bytes, unsigned code, bool is_down);

#endif
