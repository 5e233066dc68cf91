#include "common/desk/notify.h"

#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/desk/capability.h"
#include "common/desk/guard.h"
#include "common/desk/notices.h"
#include "common/mail/address.h"
#include "common/store/statements.h"

enum condition {
    ALWAYS,
    NO_OWNER, /* only while nobody owns the ticket */
    NOT_TOLD, /* only who has heard nothing of this conversation yet */
};

/* Who is told of what. A role that does not stand beside an event hears nothing of it. */
static const struct rule {
    enum notify_event event;
    const char *role;
    const char *template;
    enum condition when;
} rules[] = {
    { NOTIFY_OPENED, "requester", "acknowledgement", ALWAYS },
    { NOTIFY_OPENED, "owner", "new_ticket", ALWAYS },
    { NOTIFY_OPENED, "team", "new_ticket", ALWAYS },
    { NOTIFY_OPENED, "watcher", "new_ticket", ALWAYS },

    { NOTIFY_QUEUE_ADDED, "team", "new_ticket", NOT_TOLD },

    { NOTIFY_CUSTOMER_REPLY, "owner", "customer_reply", ALWAYS },
    { NOTIFY_CUSTOMER_REPLY, "team", "customer_reply", NO_OWNER },
    { NOTIFY_CUSTOMER_REPLY, "watcher", "customer_reply", ALWAYS },

    { NOTIFY_ANSWER, "requester", "answer", ALWAYS },
    { NOTIFY_ANSWER, "cc", "answer", ALWAYS },
    { NOTIFY_ANSWER, "owner", "agent_answer", ALWAYS },
    { NOTIFY_ANSWER, "team", "agent_answer", NO_OWNER },
    { NOTIFY_ANSWER, "watcher", "agent_answer", ALWAYS },

    { NOTIFY_NOTE, "owner", "note", ALWAYS },
    { NOTIFY_NOTE, "team", "note", NO_OWNER },
    { NOTIFY_NOTE, "watcher", "note", ALWAYS },

    { NOTIFY_RESOLVED, "requester", "resolved", ALWAYS },
    { NOTIFY_RESOLVED, "cc", "resolved", ALWAYS },
    { NOTIFY_RESOLVED, "owner", "status", ALWAYS },
    { NOTIFY_RESOLVED, "watcher", "status", ALWAYS },

    { NOTIFY_REOPENED, "owner", "status", ALWAYS },
    { NOTIFY_REOPENED, "team", "status", NO_OWNER },
    { NOTIFY_REOPENED, "watcher", "status", ALWAYS },

    { NOTIFY_RATED, "owner", "rated", ALWAYS },
    { NOTIFY_RATED, "team", "rated", NO_OWNER },
    { NOTIFY_RATED, "watcher", "rated", ALWAYS },

    { NOTIFY_ESCALATED, "owner", "escalated", ALWAYS },
    { NOTIFY_ESCALATED, "team", "escalated", ALWAYS },
    { NOTIFY_ESCALATED, "watcher", "escalated", ALWAYS },

    { NOTIFY_ASSIGNED, "owner", "assigned", ALWAYS },

    { NOTIFY_MERGED, "owner", "merged", ALWAYS },
    { NOTIFY_MERGED, "team", "merged", NO_OWNER },
    { NOTIFY_MERGED, "watcher", "merged", ALWAYS },

    { NOTIFY_SPLIT, "owner", "split", ALWAYS },
    { NOTIFY_SPLIT, "team", "split", NO_OWNER },
    { NOTIFY_SPLIT, "watcher", "split", ALWAYS },

    { NOTIFY_DELIVERY_FAILED, "owner", "delivery_failed", ALWAYS },
    { NOTIFY_DELIVERY_FAILED, "team", "delivery_failed", NO_OWNER },
    { NOTIFY_DELIVERY_FAILED, "watcher", "delivery_failed", ALWAYS },
};

struct recipient {
    struct uuid person;
    const char *address;
    const char *role;
    bool suppressed;
    int64_t not_before; /* 0: at once */
    bool held;          /* goes together with others */
};

bool
notify_is_outside(const char *role)
{
    return strcmp(role, "requester") == 0 || strcmp(role, "cc") == 0;
}

/* The words of a person; everything else is a machine's and says so. */
static bool
is_automatic(const char *template)
{
    return strcmp(template, "answer") != 0;
}

static bool
may_send(const struct desk_context *desk, const struct notify_about *about,
         const char *template, const struct recipient *to, bool *ret_may, GError **error)
{
    bool outside = notify_is_outside(to->role);
    *ret_may = true;
    if (!is_automatic(template))
        return true;
    if ((outside && about->quiet_outside) || to->suppressed
        || (outside && !address_may_answer(to->address))) {
        *ret_may = false;
        return true;
    }
    if (!outside && !about->from_machine)
        return true;
    return guard_allows(desk->tx, to->address, about->subject, about->conversation,
                        outside, ret_may, error);
}

/* A reply address and a Message-ID that are this recipient's alone, and the row. */
static bool
enqueue(const struct desk_context *desk, const struct notify_about *about,
        const char *template, const struct recipient *to, GError **error)
{
    struct slice key = capability_keys_of(desk->config).present;
    struct capability cap = {
        .tenant = db_tx_tenant(desk->tx),
        .id = uuid_make(),
        .kind = CAPABILITY_REPLY,
        .conversation = about->conversation,
        .person = to->person,
        .expires_at = clock_now_us() + LIMIT_REPLY_DAYS * CLOCK_DAY,
    };
    const char *domain = strrchr(about->queue_address, '@') + 1;
    g_autofree char *message_id = capability_message_id(key, &cap, domain);
    int64_t hold_us = is_automatic(template) ? 0 : desk->config->reply_hold_us;

    return capability_add(desk->tx, key, &cap, error)
           && db_execute(desk->tx, SQL_NOTIFY_ENQUEUE, NULL, error, db_uuid(uuid_make()),
                         db_uuid(about->conversation), db_uuid(about->message),
                         db_uuid(about->event_row), db_text(template),
                         db_uuid(to->person), db_text(to->address), db_text(to->role),
                         db_bool(is_automatic(template)), db_text(about->subject),
                         db_text(about->detail), db_uuid(cap.id), db_text(message_id),
                         db_int(hold_us / CLOCK_SECOND), db_time(to->not_before),
                         db_bool(to->held));
}

static const struct rule *
find_rule(enum notify_event event, const char *role)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (rules[i].event == event && strcmp(rules[i].role, role) == 0)
            return &rules[i];
    return NULL;
}

struct audience {
    DbRows *rows;
    DbRows *told; /* only for NOTIFY_QUEUE_ADDED */
    bool has_owner;
    Notices *notices; /* who is told on the portal */
};

static bool
was_told(const struct audience *audience, struct uuid person)
{
    for (size_t i = 0; audience->told && i < db_rows_count(audience->told); i++)
        if (uuid_equal(db_get_uuid(audience->told, i, 0), person))
            return true;
    return false;
}

static bool
rule_applies(const struct rule *rule, const struct audience *audience, struct uuid person)
{
    if (!rule || (rule->when == NO_OWNER && audience->has_owner))
        return false;
    return rule->when != NOT_TOLD || !was_told(audience, person);
}

static bool
tell(const struct desk_context *desk, const struct notify_about *about,
     const struct audience *audience, size_t i, GError **error)
{
    struct recipient to = {
        .person = db_get_uuid(audience->rows, i, 0),
        .address = db_get_text(audience->rows, i, 1),
        .suppressed = db_get_bool(audience->rows, i, 2),
        .role = db_get_text(audience->rows, i, 3),
        .not_before = db_get_time(audience->rows, i, 6),
        .held = db_get_bool(audience->rows, i, 7),
    };
    g_auto(GStrv) muted = db_get_text_array(audience->rows, i, 5);
    const struct rule *rule = find_rule(about->event, to.role);
    bool may = false;

    /* Nobody is told of what they did, but a customer's new ticket is acknowledged. */
    bool did_it = uuid_equal(to.person, desk->actor);
    if ((did_it && about->event != NOTIFY_OPENED)
        || !rule_applies(rule, audience, to.person))
        return true;
    notices_collect(audience->notices, to.person, rule->template);
    if (g_strv_contains((const char *const *)muted, rule->template))
        return true;
    if (!may_send(desk, about, rule->template, &to, &may, error))
        return false;
    return !may || enqueue(desk, about, rule->template, &to, error);
}

bool
notify(const struct desk_context *desk, const struct notify_about *about, GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(desk->tx, SQL_NOTIFY_AUDIENCE, error, db_uuid(about->conversation));
    g_autoptr(DbRows) told = NULL;
    if (!rows)
        return false;
    if (about->event == NOTIFY_QUEUE_ADDED) {
        told = db_query(desk->tx, SQL_NOTIFY_TOLD, error, db_uuid(about->conversation));
        if (!told)
            return false;
    }

    g_autoptr(Notices) notices = notices_new();
    struct audience audience = { rows, told, false, notices };
    if (db_rows_count(rows))
        audience.has_owner = db_get_bool(rows, 0, 4);
    for (size_t i = 0; i < db_rows_count(rows); i++)
        if (!tell(desk, about, &audience, i, error))
            return false;
    return notices_store(notices, desk, about, error);
}

bool
notify_person(const struct desk_context *desk, const struct notify_about *about,
              const char *template, struct uuid person, const char *address,
              GError **error)
{
    struct recipient to = { .person = person, .address = address, .role = "agent" };
    bool may = false;
    if (!guard_allows(desk->tx, address, about->subject, about->conversation, false, &may,
                      error))
        return false;
    return !may || enqueue(desk, about, template, &to, error);
}

static bool
may_alarm(const struct desk_context *desk, const char *subject, bool *ret_may,
          GError **error)
{
    g_autoptr(DbRows) rows =
        db_query(desk->tx, SQL_NOTIFY_COUNT_ALARMS, error,
                 db_text(desk->config->administrator), db_text(subject));
    if (!rows)
        return false;
    *ret_may = db_get_int(rows, 0, 0) < LIMIT_ALARMS_PER_HOUR;
    return true;
}

bool
notify_alarm(const struct desk_context *desk, const char *subject, const char *text,
             GError **error)
{
    bool may = false;
    if (!desk->config->administrator)
        return true;
    if (!may_alarm(desk, subject, &may, error))
        return false;
    if (!may)
        return true;
    g_autoptr(json_t) detail = json_pack("{s:s, s:s}", "subject", subject, "text", text);
    g_autofree char *json = detail ? json_dumps(detail, 0) : NULL;
    return db_execute(desk->tx, SQL_NOTIFY_ENQUEUE, NULL, error, db_uuid(uuid_make()),
                      db_null(), db_null(), db_null(), db_text("alarm"), db_null(),
                      db_text(desk->config->administrator), db_text("administrator"),
                      db_bool(true), db_text(subject), db_text(json), db_null(),
                      db_null(), db_int(0), db_null(), db_bool(false));
}
