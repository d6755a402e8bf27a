/* The keys of boot.cfg and what their values mean. Private to config.c and config_keys.c. */
#ifndef LINTEL_BOOTLOADER_CONFIG_KEYS_H
#define LINTEL_BOOTLOADER_CONFIG_KEYS_H

#include "config.h"

/* A piece of the file: not terminated. */
struct config_span {
    const char *text;
    size_t length;
};

#define CONFIG_REASON_SIZE 160

struct config_key {
    const char *name;
    /* Store a value, blanks around it cut off. Returns -EINVAL, with reason (of CONFIG_REASON_SIZE) saying
     * what is wrong with it, if it cannot be. Pure. */
    int (*store)(struct boot_config *config, const struct config_key *key, struct config_span value,
                 char *reason);
    size_t offset; /* of the text in struct boot_config, and its longest length */
    size_t length_max;
};

#define CONFIG_KEY_COUNT 7

extern const struct config_key config_keys[CONFIG_KEY_COUNT];

/* True when the span is this word, no more and no less. */
bool config_span_is(struct config_span span, const char *word);

#endif
