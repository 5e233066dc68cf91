/*
 * view: a message as it may be shown in a browser.
 *
 *     raw ─► mail_parse ─► its HTML ─► reply_regions ─► html_clean, quotes folded
 *                          or text  ─► reply_regions ─► text_html,  quotes folded
 *
 * The fragment holds only what html_clean's list allows (no script, no style sheet, no form,
 * nothing that loads but what the options let load), whatever the mail was; a text without
 * HTML gets links and quotes, format=flowed is already undone. What mail_split would call
 * quoted stands in `<details data-mark="quote">`, closed: a click opens it, without a
 * script. Answers between quotes stay outside, in place. data-mark="signature",
 * "attribution", "forward" are for the style sheet of the page.
 *
 * Show it in a frame of its own: mail_view_document gives that frame's page, and
 * mail_view_policy the Content-Security-Policy to send with it. They are the second wall:
 * no script runs there and nothing is fetched even if the first one had a hole. By itself it
 * gives the frame no origin, so that its requests carry no SameSite cookies: cid_prefix should
 * hold a capability, not rely on a session. Who adds allow-same-origin, to look into the frame
 * from the page around it, must never add allow-scripts too: the two together are no sandbox.
 *
 * Pure; time linear in the size of the message. portald and verbs use it.
 */
#pragma once

#include "common/mail/mail.h"

struct mail_view_options {
    const char *cid_prefix;    /* a cid: picture becomes this + its percent-encoded
                                   content-id; NULL: such pictures are left out */
    bool remote_images;        /* false: their address waits in data-remote-src */
    const char *fold_label;    /* "Quoted text", plain; NULL: "…" */
    const struct slice *known; /* earlier texts of the conversation (reply.h) */
    size_t n_known;
};

typedef struct MailView {
    char *html; /* the fragment, UTF-8; "" for a mail without words */
    size_t n;
    bool is_text;           /* the mail has no HTML: it was made of its text */
    unsigned remote_images; /* that were kept from loading */
    unsigned folded;        /* how many folds there are */
    bool cut;               /* it was too long, or too deep, to be shown whole */
} MailView;

/* View a message's raw bytes. `options` may be NULL. False only with ERR_BUG when we
   ourselves are at fault. *ret_view is cleared by the caller with mail_view_clear. */
bool mail_view(struct slice raw, const struct mail_view_options *options,
               MailView *ret_view, GError **error);

/* The same of a mail that is parsed already. Never fails. */
MailView mail_view_parsed(const Mail *mail, const struct mail_view_options *options);

void mail_view_clear(MailView *view);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MailView, mail_view_clear)

/* A whole page of the fragment, for the frame: with our style sheet, light and dark as
   the browser likes it. `language` is the mail's, or NULL. Owned by the caller. */
char *mail_view_document(const MailView *view, const char *language);

/* The Content-Security-Policy of that page; `remote_images` as in the options. */
const char *mail_view_policy(bool remote_images);
