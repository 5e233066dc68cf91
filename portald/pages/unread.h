/* unread: the number at the bell on every page. */
#pragma once

#include "portald/http/request.h"

/* How many notifications the caller has not read, as the badge shows it: "" for none,
   "99+" for more. Owned by the caller. What can't be read now is not shown: a page is not
   refused for it. */
char *unread_text(const struct request *request);
