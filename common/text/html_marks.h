/*
 * html_marks: by what mail clients mark quotes, attributions and signatures in HTML.
 *
 * Clients name what they generate: class="gmail_quote", id="divRplyFwdMsg". Outlook
 * prefixes "x_" to the names in what it quotes, Hotmail "ecx"; both are looked through.
 */
#pragma once

#include <stdbool.h>

enum html_mark {
    HTML_MARK_QUOTE,       /* quoted: the words of an earlier mail */
    HTML_MARK_ATTRIBUTION, /* "On … wrote:" */
    HTML_MARK_SIGNATURE,
    HTML_MARK_BLOCKQUOTE, /* a bare blockquote: a quote of mail, or of anything */
    HTML_MARK_FORWARD,    /* the forwarded mail, with its header block */
};

struct html_marking {
    enum html_mark mark;
    bool to_end; /* all that follows in the document too */
    bool
        holder; /* holds the attribution and, as its own children, blockquotes: what stands
                    behind or between these is an answer that was written there */
};

/* What is known of an element by its name (lower case), id, class, name, type, style and
   data-marker (each may be NULL). False when nothing is. */
struct html_naming {
    const char *element, *id, *class, *name, *type, *style, *data_marker;
};
bool html_marking_find(const struct html_naming *naming,
                       struct html_marking *ret_marking);
