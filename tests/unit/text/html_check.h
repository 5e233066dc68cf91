/*
 * html_check: whether HTML holds nothing but what html_clean may write, read by the parser
 * alone, without html_clean's own filter and tables of attributes. For tests and fuzzers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* True when it does. Else *ret_why (never freed) says what was found. */
bool html_check(const char *html, size_t n, const char *cid_prefix, const char **ret_why);
