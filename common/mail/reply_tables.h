/*
 * reply_tables: the words of mail clients, by language; read by reply_words.c only.
 *
 * A new language is rows here and nothing elsewhere. Each table ends with NULL.
 */
#pragma once

#include "common/mail/reply_words.h"

struct words_label_row {
    enum words_label label;
    const char *name;
};

struct words_separator_row {
    enum words_separator separator;
    const char *name;
};

/* The verb of an attribution. */
extern const char *const words_verbs[];
/* What an attribution begins with. */
extern const char *const words_openers[];
/* Fields of a header block. */
extern const struct words_label_row words_labels[];
/* What stands between dashes. */
extern const struct words_separator_row words_separators[];
/* Beginnings of a device's or program's signature line; short lines only. */
extern const char *const words_sent_from_rows[];
/* What such a line names at its end, where it doesn't begin as above. */
extern const char *const words_devices[];
/* Prefixes of a forwarded mail's subject. */
extern const char *const words_forward_prefixes[];
