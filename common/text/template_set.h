/*
 * template_set: all templates of the mails, as they stand in a directory.
 *
 *     mail/document.json                           an example of what they are given
 *     mail/<locale>/<event>.{subject,txt,html}.mustache
 *     mail/<locale>/partials/<name>.mustache       partials and parents of one locale
 *     mail/partials/<name>.mustache                … of all
 *     tenants/<tenant>/mail/…                      the same tree: replaces file by file
 *
 * A partial is found as <name>, else as <name>.<kind> (so {{>footer}} in a .txt is
 * footer.txt), the tenant's before ours, the locale's before the common one.
 *
 * A set is compiled and checked as a whole when it is loaded, and then never changes: to
 * read the files again, load a new set and, if that is good, put it in the old one's
 * place. Used by the sender's process; pure but for the reading of files.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

typedef struct TemplateSet TemplateSet;

typedef struct rendered_mail {
    char *subject; /* one line, UTF-8 */
    char *text;
    char *html;
} rendered_mail;

void rendered_mail_clear(struct rendered_mail *mail);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rendered_mail, rendered_mail_clear)

/* Load, compile and check all: that each file is of a known event and kind, that each
   locale of ours has them all, that every name is one of document.json's, and that each
   renders with it. NULL and ERR_REJECT with one line for each thing that is wrong,
   "mail/de/note.txt.mustache:3:7: …"; ERR_MISSING if the directory can't be read. */
TemplateSet *template_set_load(const char *directory, GError **error);
void template_set_free(TemplateSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TemplateSet, template_set_free)

/* The events there are mails about, NULL-terminated. */
extern const char *const template_events[];

/* The example that mails are checked against; borrowed. */
const json_t *template_set_example(const TemplateSet *set);

/* Whether mails about this event can be rendered. */
bool template_set_knows(const char *event);

/* Render the mail about an event for a tenant (by name; NULL: none in particular) in a
   locale ("de-AT": falls back to de, then en; NULL: en). ret->subject, text and html are
   owned by the caller and untouched on failure. ERR_MISSING for an event that is not
   known; ERR_REJECT where a limit is passed, or where a value would put a line break into
   the subject. */
bool template_set_render_mail(const TemplateSet *set, const char *tenant,
                              const char *locale, const char *event,
                              const json_t *document, struct rendered_mail *ret,
                              GError **error);
