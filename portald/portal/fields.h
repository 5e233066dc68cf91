/*
 * fields: a tenant's own fields of a ticket.
 *
 *     { "key": "model", "label": "Model", "type": "select", "required": true,
 *       "options": ["A4", "A3"], "visible_to_customer": true }
 *
 * type: text, number, select, checkbox or date. Pure: definitions and values in, values out.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

enum field_flaw {
    FIELD_MISSING, /* it is required */
    FIELD_WRONG,   /* not of its type, or none of its options */
    FIELD_UNKNOWN, /* there is no such field */
};

struct field_problem {
    char *key;
    enum field_flaw flaw;
};

/* The values that are kept, a new object: of each definition that is for customers what
   `given` has, as its type has it: numbers as numbers, a tick as true. `given` is an object;
   values may be text, as forms send them. What is wrong is added to `ret_problems` (of
   struct field_problem, cleared by the array). */
json_t *fields_read(const json_t *definitions, const json_t *given, GArray *ret_problems);

/* An array for them. */
GArray *fields_problems_new(void);
