/* schema_parts: what the files of schema.h share. */
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "portald/http/schema.h"

struct Schemas {
    json_t *all;
    GHashTable *patterns; /* text of a pattern -> pcre2_code, all of them */
};

/* Whether `text` is of this format; true for formats that only describe. */
bool schema_has_format(const char *format, const char *text);

/* Schemas in each other, $refs counted: one that leads back to itself is no schema. */
#define SCHEMA_DEPTH 64
