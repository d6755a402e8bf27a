/* What keysyms do, by their type: a part of key_translate.c, with the same rules. */
#ifndef LINTEL_INPUT_KEY_TYPES_H
#define LINTEL_INPUT_KEY_TYPES_H

#include "input/key_translate.h"

/* Do what the keysym K(type, value) says at this change of its key; of most nothing at a release. Types that
 * do not exist do nothing. */
struct key_action key_type_take(struct key_state *state, unsigned type, unsigned value,
                                enum key_change change);

/* A character is typed: with a dead key or Compose before it. */
void key_take_character(struct key_state *state, uint32_t character);

#endif
