#include "portald/pages/event_text.h"

#include <string.h>

#include "portald/pages/page.h"

static const struct {
    const char *event, *msgid;
} event_texts[] = {
    { "acknowledgement", "We have your new ticket" },
    { "answer", "Somebody answered you" },
    { "resolved", "Your ticket was resolved" },
    { "new_ticket", "There is a new ticket" },
    { "customer_reply", "A customer replied" },
    { "agent_answer", "A colleague answered a customer" },
    { "note", "A colleague wrote a note" },
    { "assigned", "A ticket was given to you" },
    { "status", "A ticket was resolved or closed" },
    { "delivery_failed", "A mail could not be delivered" },
    { "rated", "A customer rated how we solved it" },
    { "escalated", "A customer says that it is urgent" },
    { "merged", "Another ticket was merged into this one" },
    { "split", "This ticket was split off another one" },
};

const char *
event_text(const struct request *request, const char *event)
{
    for (size_t i = 0; event && i < G_N_ELEMENTS(event_texts); i++)
        if (strcmp(event_texts[i].event, event) == 0)
            return text_of(request, event_texts[i].msgid);
    return event ? event : "";
}
