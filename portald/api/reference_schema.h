/*
 * reference_schema: what the reference (reference.h) says of a schema: of which type it is,
 * what bounds it, which members it has, an example. Pure.
 */
#pragma once

#include <jansson.h>

/* The names of an object's members, sorted; NULL-terminated and borrowed, the list is the
   caller's (g_free). */
const char **reference_names(json_t *object);

/* {type_before, type_name, type_after, notes, description}: "list of ", "Ticket", " or
   null"; type_name is a schema that has a place of its own in the reference, else "".
   NULL, for no schema, is of no type. */
json_t *reference_field(const json_t *description, json_t *schema);

/* Of an object: each member as reference_field, and its name and is_required. */
json_t *reference_fields(const json_t *description, json_t *schema);

/* All schemas that have members, by name: {name, description, fields}. */
json_t *reference_schemas(const json_t *description);

/* A value that the schema takes, as JSON; owned by the caller. What may be left out is. */
char *reference_example(const json_t *description, json_t *schema);
