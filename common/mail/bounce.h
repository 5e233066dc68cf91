/*
 * bounce: delivery reports, by RFC 3464 and by the words of the servers that don't follow
 * it. Pure; a vacation note or a person who writes about a bounce is none.
 */
#pragma once

#include <glib.h>

#include "common/mail/header.h"
#include "common/mail/mail.h"
#include "common/mail/structure.h"

struct bounce_facts {
    struct slice raw;
    const Structure *structure;
    const struct header_block *header;
    const char *subject;     /* decoded */
    const char *from;        /* normalised; "" */
    const char *to;          /* normalised; "" */
    const char *return_path; /* NULL: not known; "" the null path */
    const char *text;        /* the body */
    /* Of the message that it gives back, if it does; set by bounce_read. */
    bool gives_back;
    const char *returned_to;  /* its first To; NULL */
    const char *returned_for; /* whom its last Received was "for" (RFC 5321 §4.4); NULL */
};

void mail_bounce_free(struct mail_bounce *bounce);

/* Append the reports of this mail to `list` (of struct mail_bounce *); sets
   *ret_is_feedback for an abuse report (RFC 5965), which is not a bounce. */
void bounce_read(const struct bounce_facts *facts, GPtrArray *list,
                 bool *ret_is_feedback);
