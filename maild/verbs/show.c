/* maild show FILE: a mail as a person would see it: who, what, when, and its text. */
#include <stdio.h>

#include "common/base/clock.h"
#include "common/mail/mail.h"
#include "maild/verbs/verb.h"

static void
print_addresses(const char *name, const GPtrArray *addresses)
{
    for (guint i = 0; i < addresses->len; i++) {
        const struct mail_address *address = addresses->pdata[i];
        printf("%-9s%s\n", i == 0 ? name : "", address->original);
    }
}

static void
print_mail(const Mail *mail)
{
    g_autofree char *date = clock_format_rfc3339(mail->date_us);
    g_autofree char *text = g_strchomp(g_strdup(mail->text));

    print_addresses("From:", mail->from);
    print_addresses("To:", mail->to);
    print_addresses("Cc:", mail->cc);
    print_addresses("Replies:", mail->reply_to);
    printf("%-9s%s\n%-9s%s\n", "Subject:", mail->subject,
           "Date:", mail->date_us ? date : "");
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = mail->parts->pdata[i];
        if (!part->is_body)
            printf("%-9s%s (%s, %" G_GUINT64_FORMAT " bytes)\n", "File:", part->name,
                   part->content_type, part->size);
    }
    printf("\n%s\n", text);
}

int
verb_show(const struct verb_context *context, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;

    (void)context;
    if (argc != 2)
        return verb_misused(argv[0]);
    g_autoptr(GByteArray) bytes = verb_read_input(argv[1], &error);
    if (!bytes)
        return verb_failed(error);
    g_autoptr(Mail) mail =
        mail_parse((struct slice){ (const char *)bytes->data, bytes->len }, NULL, &error);
    if (!mail)
        return verb_failed(error);
    print_mail(mail);
    return EX_OK;
}
