/*
 * charset: bytes in any charset that mail is written in, to valid UTF-8.
 *
 * What a mail declares is a hint. iso-8859-1 and us-ascii are read as windows-1252,
 * gb2312 as gb18030, ks_c_5601 as cp949 and so on (WHATWG Encoding, "names and labels",
 * does the same for the same reason); bytes that are valid UTF-8 though something else is
 * declared, and unknown names, are guessed. Never fails; linear.
 */
#pragma once

#include "common/base/slice.h"

/* UTF-8 text of `bytes`; owned by the caller. `charset` NULL or "": none declared. What
   can't be read becomes U+FFFD, NUL is left out. *ret_problem, if wanted, is set to a
   static text when the declared name was not followed, else to NULL. */
char *charset_to_utf8(struct slice bytes, const char *charset, const char **ret_problem);

/* A header value with raw 8-bit bytes, which nothing declares: UTF-8 if it is that, else
   `hint` (the charset of the text below it; may be NULL), else guessed. */
char *charset_header_to_utf8(const char *value, const char *hint);

/* Valid UTF-8 in, in place: control characters but TAB and LF (also C1, DEL) go, CR LF
   and CR become LF. Returns its argument. */
char *charset_clean_text(char *text);

/* The same for one line: every run of control characters becomes one space. */
char *charset_clean_line(char *text);
