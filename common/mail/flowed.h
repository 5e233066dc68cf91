/* flowed: text/plain; format=flowed (RFC 3676) as paragraphs on lines of their own. */
#pragma once

#include <stdbool.h>

/* Join the lines that were flowed: `text` is UTF-8 with LF. Quote marks stay, as "> " a
   depth; "-- " stays a line of its own. Owned by the caller. */
char *flowed_join(const char *text, bool delsp);
