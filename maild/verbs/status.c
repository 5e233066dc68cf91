/* maild status [--json]: what waits, and how the mailboxes fare. */
#include <stdio.h>

#include "common/store/admin.h"
#include "maild/verbs/arguments.h"
#include "maild/verbs/document.h"
#include "maild/verbs/verb.h"

static void
print_mail_in(const json_t *tenant)
{
    const json_t *inbound = json_object_get(tenant, "inbound");
    g_autofree char *oldest = document_time(inbound, "oldest");

    printf("  mail in     %lld waiting", document_number(inbound, "waiting"));
    if (document_number(inbound, "waiting") > 0)
        printf(" (the oldest since %s)", oldest);
    printf(", %lld in quarantine\n", document_number(tenant, "quarantined"));
}

static void
print_mail_out(const json_t *tenant)
{
    const json_t *outbox = json_object_get(tenant, "outbox");
    g_autofree char *oldest = document_time(outbox, "oldest");
    long long waiting = document_number(outbox, "waiting");
    long long retrying = document_number(outbox, "retrying");

    printf("  mail out    %lld waiting, %lld being tried again", waiting, retrying);
    if (waiting + retrying > 0)
        printf(" (the oldest since %s)", oldest);
    printf(", %lld failed\n", document_number(tenant, "failed"));
}

static void
print_queues(const json_t *tenant)
{
    size_t i;
    const json_t *queue;
    json_array_foreach(json_object_get(tenant, "queues"), i, queue)
    {
        printf("  queue       %s: %lld open\n", document_text(queue, "address"),
               document_number(queue, "open"));
    }
}

static void
print_mailboxes(const json_t *tenant)
{
    size_t i;
    const json_t *mailbox;
    json_array_foreach(json_object_get(tenant, "mailboxes"), i, mailbox)
    {
        g_autofree char *contact = document_time(mailbox, "last_contact");
        g_autofree char *failing = document_time(mailbox, "failing_since");
        g_autofree char *why = document_safe(document_text(mailbox, "error"));

        printf("  mailbox     %s for %s: last contact %s\n",
               document_text(mailbox, "name"), document_text(mailbox, "queue"), contact);
        if (*document_text(mailbox, "failing_since"))
            printf("              failing since %s: %s\n", failing, why);
    }
}

static void
print_status(const json_t *status)
{
    const json_t *tenants = json_object_get(status, "tenants"), *tenant;
    size_t i;

    if (json_array_size(tenants) == 0)
        puts("there is no tenant yet: see `maild help add`");
    json_array_foreach(tenants, i, tenant)
    {
        printf("%s\n", document_text(tenant, "name"));
        print_mail_in(tenant);
        print_mail_out(tenant);
        print_queues(tenant);
        print_mailboxes(tenant);
    }
}

int
verb_status(const struct verb_context *context, int argc, char **argv)
{
    bool as_json = false;
    const struct verb_option options[] = { { "json", NULL, &as_json },
                                           { NULL, NULL, NULL } };
    g_autoptr(GError) error = NULL;

    if (!verb_arguments(argc, argv, options, NULL, 0))
        return verb_misused(argv[0]);
    g_autoptr(Db) db = verb_owner(context, &error);
    g_autofree char *text = db ? admin_read_status(db, &error) : NULL;
    if (!text)
        return verb_failed(error);
    if (as_json) {
        puts(text);
        return EX_OK;
    }
    g_autoptr(json_t) status = document_parse(text);
    print_status(status);
    return EX_OK;
}
