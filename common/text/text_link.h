/*
 * text_link: the addresses of the web and of mail that people write in plain text.
 *
 * https://…, http://…, www.… and ann@example.com, without the marks of the sentence around
 * them. What may be followed is for html_url to say.
 */
#pragma once

#include <stdbool.h>

#include "common/base/slice.h"

struct text_link {
    size_t from, to;    /* where its words stand */
    const char *scheme; /* what is to be put before them: "", "https://" or "mailto:" */
};

/* The next one in s, not beginning before `at`. False when there is none. */
bool text_link_next(struct slice s, size_t at, struct text_link *ret_link);
