/* next: where to go after the sign-in, as the browser said it. */
#pragma once

#include <stdbool.h>

/* Whether `next` is a path of this site and nothing that a browser could take for another
   one: it begins with one slash, has no backslash, control character or white space
   (browsers drop some and turn the others: "/\t/evil.example"), and is not too long. */
bool next_is_safe(const char *next);

/* `next`, or "/" where it isn't safe or NULL. */
const char *next_or_home(const char *next);
