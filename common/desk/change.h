/* change: how a change is written down; what the files behind apply.h share. */
#pragma once

#include <jansson.h>

#include "common/desk/apply.h"

struct change {
    const char *kind;
    struct uuid message;    /* that did it; nil: none */
    json_t *before, *after; /* NULL: nothing; borrowed */
    const char *detail;     /* JSON object; NULL: {} */
};

/* The event of a change. `conversation` may be nil. */
bool change_record(const struct desk_context *desk, struct uuid conversation,
                   const struct change *change, struct uuid *ret_event, GError **error);

/* The status and its event, without telling anybody. */
bool change_status(const struct desk_context *desk, const Ticket *ticket,
                   const char *status, struct uuid message, struct uuid *ret_event,
                   GError **error);

/* The owner and its event, without telling anybody; nil: nobody. */
bool change_owner(const struct desk_context *desk, const Ticket *ticket,
                  struct uuid owner, struct uuid *ret_event, GError **error);

/* What notify wants to know of a ticket. */
struct notify_about change_about(const Ticket *ticket, enum notify_event event);
