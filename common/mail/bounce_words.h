/*
 * bounce_words: what delivery reports say, as tables, and the reading of single words out
 * of them: status codes (RFC 3463), SMTP replies (RFC 5321 §4.2), addresses.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* True when this subject (any case) is one that only delivery reports have. */
bool bounce_words_in_subject(const char *subject);

/* True when this text, folded with g_utf8_casefold, says that a message wasn't or isn't
   yet delivered. */
bool bounce_words_in_text(const char *folded);

/* True when it says that delivery will still be tried. */
bool bounce_words_delay(const char *folded);

/* How many bytes of `text` are the report itself: what follows is the message that is
   given back, in its own words. */
gsize bounce_words_report_length(const char *text);

/* Where the list of those who didn't get it is announced ("the following addresses
   failed"); the length of `text` when nowhere. */
gsize bounce_words_announcement(const char *text);

/* The status of failure or delay that stands in text[from .. to), as "5.1.1": the enhanced code if there is one,
   "5.0.0" or "4.0.0" for a bare SMTP reply; NULL when there is neither. Owned by the
   caller. *ret_at, if wanted, is where it stands. */
char *bounce_words_status(const char *text, gsize from, gsize to, gsize *ret_at);

/* The enhanced code of the last SMTP reply that `text` quotes ("550-'5.7.1 …", "<421 4.4.2
   …>"); NULL when none has one. Where one server reports what the next one said, that is
   the one which refused. Owned by the caller. */
char *bounce_words_last_reply(const char *text);

/* True when this text, folded with g_utf8_casefold, tells that a mailing list doesn't take
   mail of this sender. */
bool bounce_words_refused_by_list(const char *folded);
