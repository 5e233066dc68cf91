/* event_text: what a person is told, by the name of the mail's template ("answer",
   "new_ticket"): for the settings, and for the list of what they were told. */
#pragma once

#include "portald/http/request.h"

/* In the request's language; the name itself for one that is not known. Borrowed. */
const char *event_text(const struct request *request, const char *event);
