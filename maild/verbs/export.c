/* maild export NUMBER [--tenant NAME]: a ticket as mbox, its mail as it came and as it
   left. */
#include <errno.h>
#include <stdio.h>

#include "common/base/error.h"
#include "common/mail/mbox.h"
#include "common/store/admin.h"
#include "maild/verbs/arguments.h"
#include "maild/verbs/verb.h"

static bool
print_mail(const struct admin_mail *mail, void *data, GError **error)
{
    g_autoptr(GString) mbox = g_string_sized_new(mail->raw.n + 256);
    g_autoptr(GString) marked = g_string_new(NULL);
    struct slice raw = mail->raw;
    (void)data;

    /* The bytes are as they came, still encrypted; what was found of them on top. */
    if (mail->protection) {
        g_string_printf(marked, "X-Postern-Protection: %s\r\n", mail->protection);
        g_string_append_len(marked, raw.p, (gssize)raw.n);
        raw = (struct slice){ marked->str, marked->len };
    }
    mbox_append(mbox, mail->envelope_from, mail->time_us, raw);
    if (fwrite(mbox->str, 1, mbox->len, stdout) != mbox->len)
        return error_set(error, ERR_RETRY, "standard output: %s", g_strerror(errno));
    return true;
}

int
verb_export(const struct verb_context *context, int argc, char **argv)
{
    const char *tenant = NULL, *word = NULL;
    const struct verb_option options[] = { { "tenant", &tenant, NULL },
                                           { NULL, NULL, NULL } };
    g_autoptr(GError) error = NULL;
    guint64 number = 0;

    if (!verb_arguments(argc, argv, options, &word, 1)
        || !g_ascii_string_to_unsigned(*word == '#' ? word + 1 : word, 10, 1, INT64_MAX,
                                       &number, NULL))
        return verb_misused(argv[0]);
    g_autoptr(Db) db = verb_owner(context, &error);
    if (!db || !admin_each_mail(db, (int64_t)number, tenant, print_mail, NULL, &error))
        return verb_failed(error);
    return EX_OK;
}
