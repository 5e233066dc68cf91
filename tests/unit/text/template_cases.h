/*
 * template_cases: tables of templates and what they must become, and the one function that
 * runs them. Sources are exact-size heap copies, so that reading behind them shows.
 */
#pragma once

#include <stddef.h>

struct template_case {
    const char *name;
    const char *source;
    const char *document; /* JSON; NULL: {} */
    const char *want;
    const char *partials; /* JSON object of name -> source; NULL: none */
};

/* Render each case in HTML mode and fail on all that differ, each by its name. */
void check_cases(const struct template_case *cases, size_t n);
