#include "maild/ingest/join.h"

#include <string.h>

#include "common/base/limits.h"
#include "maild/ingest/facts.h"

static bool
join_one(const Reading *r, struct uuid conversation, const Person *author,
         const struct mail_address *box, GError **error)
{
    if (!*box->address || facts_is_own(r, box->address)
        || strcmp(box->address, author->address) == 0)
        return true;
    g_autoptr(Person) person = person_ensure(r->desk.tx, box->address, box->name, error);
    return person
           && (uuid_equal(person->id, author->id)
               || apply_join(&r->desk, conversation, person,
                             person->is_agent ? "watcher" : "cc", "named in To or Cc",
                             error));
}

bool
join_others(const Reading *r, struct uuid conversation, const Person *author,
            GError **error)
{
    const GPtrArray *lists[] = { r->mail->to, r->mail->cc };
    size_t joined = 0;

    if (!automatic_rule_of(r->kind)->brings)
        return true;
    for (size_t list = 0; list < G_N_ELEMENTS(lists); list++)
        for (guint i = 0; i < lists[list]->len && joined < LIMIT_NEW_PARTICIPANTS;
             i++, joined++)
            if (!join_one(r, conversation, author, lists[list]->pdata[i], error))
                return false;
    return true;
}
