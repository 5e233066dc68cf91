/*
 * template_view: a set of templates as one tenant in one locale sees it. What the two
 * files of template_set share: the reading of the files, and their use.
 */
#pragma once

#include "common/text/template.h"
#include "common/text/template_set.h"

struct TemplateSet {
    GHashTable *templates; /* "mail/de/note.txt" -> Template */
    json_t *document;
};

/* What a mail has, and how it is rendered. */
#define TEMPLATE_KINDS 3
struct template_kind {
    const char *name;
    enum template_mode mode;
};
extern const struct template_kind template_kinds[TEMPLATE_KINDS];

#define TEMPLATE_VIEW_LOCALES 4
typedef struct template_view {
    const TemplateSet *set;
    const char *tenant;                   /* NULL: none */
    char *locales[TEMPLATE_VIEW_LOCALES]; /* de-at, de, en, NULL */
    const char *kind;                     /* of the template whose partials are wanted */
} template_view;

/* The view of a tenant (borrowed; NULL: none) in a locale as people write them. */
template_view template_view_make(const TemplateSet *set, const char *tenant,
                                 const char *locale);
void template_view_clear(template_view *view);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(template_view, template_view_clear)

/* struct template_partials.find, with a template_view. */
bool template_view_partial(void *data, const char *name, const Template **ret_template,
                           GError **error);
