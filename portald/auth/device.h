/* device: what a browser or program calls itself, in words that its owner recognises. */
#pragma once

/* "Firefox on Linux", "Safari on iPhone", "curl" of a User-Agent field, which may be NULL;
   one line of valid UTF-8, at most LIMIT_DEVICE_CHARS; "" when it says nothing. Owned by
   the caller. */
char *device_label(const char *user_agent);
