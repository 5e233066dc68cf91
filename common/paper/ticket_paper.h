/*
 * ticket_paper: a ticket and what was said in it, as a PDF to be kept, printed and sent on.
 *
 * Words and dates come as they are to be read: the caller knows the language and the time
 * zone. The ticket is gone through twice, so that each page can say how many there are.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

struct paper_file {
    const char *name, *size; /* "photo.jpg", "1.2 MB" */
};

struct paper_message {
    const char *author, *role, *at; /* "Ann Lee", "Support", "3 May 2026, 14:05" */
    struct slice text;              /* lines that begin with '>' are shown as quoted */
    const struct paper_file *files;
    size_t n_files;
};

struct paper_fact {
    const char *label, *value; /* "Status", "Open" */
};

struct paper_ticket {
    const char *locale; /* of the reader: "ar", "pt-BR" */
    bool letter;        /* paper of North America; else A4 */
    const char *desk;   /* "Example Ltd. Support" */
    const char *number; /* "#42" */
    const char *subject;
    const char *printed; /* in the foot of each page: "Printed on 3 May 2026" */
    const char *cut; /* instead of it on the last page, where the ticket is longer than
                                LIMIT_PAPER_PAGES */
    const char *attachments; /* the word for them */
    const struct paper_fact *facts;
    size_t n_facts;
    const struct paper_message *messages;
    size_t n_messages;
};

/* The file, owned by the caller. NULL and ERR_BUG when it can't be made. */
GBytes *ticket_paper(const struct paper_ticket *ticket, GError **error);
