/*
 * classify: did a person write this mail, or a machine? (RFC 3834; RFC 2919, 2369 for
 * lists; and what vendors do instead.)
 *
 * Pure over the header. What follows from it is for others to decide; here stands only
 * what the mail is, and the one field that says so. Values are compared without case, and
 * only up to a ";" or "," where parameters or lists are usual; "Auto-Submitted: no" says
 * that a person did it, and is believed.
 */
#pragma once

#include <stdbool.h>

#include "common/mail/header.h"
#include "common/mail/mail.h"

/* What is known of a mail beside its header fields. */
struct classify_facts {
    const struct header_block *header;
    const char *content_type; /* lower case */
    const char *report_type;  /* of multipart/report; "" */
    const char *subject;      /* decoded */
    const char *from;         /* normalised address of the first From; "" */
    const char *return_path;  /* NULL: not known; "": the null path */
    bool has_delivery_report; /* one was found in the parts or in the words */
    const char *const *own_addresses;
};

struct classify_result {
    enum mail_auto automatic;
    char *evidence; /* "Precedence: bulk"; "" for none; owned by the caller */
    bool is_out_of_office;
};

void classify(const struct classify_facts *facts, struct classify_result *ret_result);

/* A subject (decoded) that begins as vacation notes do. */
bool classify_is_absence(const char *subject);
