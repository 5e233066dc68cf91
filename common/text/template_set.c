#include "common/text/template_view.h"

#include <string.h>

#include "common/base/error.h"

#define FALL_BACK "en"

/* clang-format off: a line each */
const char *const template_events[] = {
    /* to customers */
    "acknowledgement",
    "answer",
    "resolved",
    /* to agents */
    "new_ticket",
    "customer_reply",
    "note",
    "agent_answer",
    "assigned",
    "status",
    "rated",
    "escalated",
    "merged",
    "split",
    "delivery_failed",
    "refused",
    "transcript",
    /* to the administrator */
    "alarm",
    /* to whom an account belongs */
    "sign_in",
    "sign_up",
    "reset_password",
    "verify_address",
    "new_device",
    "sign_in_barred",
    "account_changed",
    "export_ready",
    "digest",
    NULL,
};
/* clang-format on */

const struct template_kind template_kinds[TEMPLATE_KINDS] = {
    { "subject", TEMPLATE_HEADER },
    { "txt", TEMPLATE_TEXT },
    { "html", TEMPLATE_HTML },
};

void
template_view_clear(template_view *view)
{
    for (size_t i = 0; i < TEMPLATE_VIEW_LOCALES; i++)
        g_free(view->locales[i]);
}

/* "de_AT.UTF-8" -> de-at, de, en */
template_view
template_view_make(const TemplateSet *set, const char *tenant, const char *locale)
{
    template_view view = { .set = set, .tenant = tenant };
    size_t n = 0;
    g_autofree char *whole = g_ascii_strdown(locale ? locale : FALL_BACK, -1);
    whole[strcspn(whole, ".@")] = '\0';
    g_strdelimit(whole, "_", '-');
    size_t language = strcspn(whole, "-");
    if (whole[language])
        view.locales[n++] = g_strdup(whole);
    view.locales[n++] = g_strndup(whole, language);
    view.locales[n] = g_strdup(FALL_BACK);
    return view;
}

/* mail/LOCALE/NAME of the tenant, else ours; without locale mail/NAME. */
static const Template *
view_look(const template_view *view, const char *locale, const char *name)
{
    g_autofree char *path = locale ? g_strdup_printf("mail/%s/%s", locale, name)
                                   : g_strdup_printf("mail/%s", name);
    if (view->tenant) {
        g_autofree char *own = g_strdup_printf("tenants/%s/%s", view->tenant, path);
        const Template *found = g_hash_table_lookup(view->set->templates, own);
        if (found)
            return found;
    }
    return g_hash_table_lookup(view->set->templates, path);
}

static const Template *
view_find(const template_view *view, const char *name)
{
    const Template *found = NULL;
    for (size_t i = 0; view->locales[i] && !found; i++)
        found = view_look(view, view->locales[i], name);
    return found;
}

bool
template_view_partial(void *data, const char *name, const Template **ret_template,
                      GError **error)
{
    const template_view *view = data;
    g_autofree char *plain = g_strdup_printf("partials/%s", name);
    g_autofree char *of_kind = g_strdup_printf("%s.%s", plain, view->kind);
    const char *const names[] = { plain, of_kind };
    const Template *found = NULL;
    (void)error;
    for (size_t i = 0; i < G_N_ELEMENTS(names) && !found; i++) {
        found = view_find(view, names[i]);
        if (!found)
            found = view_look(view, NULL, names[i]);
    }
    *ret_template = found;
    return true;
}

const json_t *
template_set_example(const TemplateSet *set)
{
    return set->document;
}

bool
template_set_knows(const char *event)
{
    return g_strv_contains(template_events, event);
}

static GString *
render_kind(template_view *view, const char *event, size_t kind, const json_t *document,
            GError **error)
{
    g_autofree char *name = g_strdup_printf("%s.%s", event, template_kinds[kind].name);
    const Template *template = view_find(view, name);
    if (!template) {
        error_set(error, ERR_MISSING, "there is no template %s", name);
        return NULL;
    }
    view->kind = template_kinds[kind].name;
    const struct template_partials partials = { template_view_partial, view };
    const struct template_input input = { document, template_kinds[kind].mode,
                                          &partials };
    return template_render(template, &input, NULL, error);
}

void
rendered_mail_clear(struct rendered_mail *mail)
{
    g_clear_pointer(&mail->subject, g_free);
    g_clear_pointer(&mail->text, g_free);
    g_clear_pointer(&mail->html, g_free);
}

bool
template_set_render_mail(const TemplateSet *set, const char *tenant, const char *locale,
                         const char *event, const json_t *document,
                         struct rendered_mail *ret, GError **error)
{
    g_auto(template_view) view = template_view_make(set, tenant, locale);
    struct rendered_mail mail = { NULL, NULL, NULL };
    char **const outs[] = { &mail.subject, &mail.text, &mail.html };
    for (size_t i = 0; i < TEMPLATE_KINDS; i++) {
        GString *text = render_kind(&view, event, i, document, error);
        if (!text) {
            rendered_mail_clear(&mail);
            return false;
        }
        *outs[i] = g_string_free(text, FALSE);
    }
    *ret = mail;
    return true;
}
