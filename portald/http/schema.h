/*
 * schema: whether JSON is as an operation of the API wants it: JSON Schema 2020-12, as far
 * as our schemas use it, in OpenAPI's dress ("#/components/schemas/NAME").
 *
 *     templates/api (.json) ─► Schemas ─► schema_check(name, value) ─► flaws, or none
 *
 * Each file is one object, a schema by its name; no name comes twice. A keyword that we
 * don't know, a reference that leads nowhere, a pattern that can't be read stop the start:
 * what the document says is what is checked. Known are
 *
 *     type (also a list), enum, const, $ref, allOf, anyOf, oneOf,
 *     properties, required, additionalProperties, minProperties, maxProperties,
 *     items, minItems, maxItems, minimum, maximum,
 *     minLength, maxLength (characters), pattern (PCRE2, UTF), format (uuid, date-time,
 *     date, email, uri; others only describe),
 *     title, description, default, examples, readOnly, deprecated
 *
 * Pure but for the reading of the files; one Schemas is used by all threads.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "portald/http/values.h"

#define SCHEMA_REF "#/components/schemas/"

typedef struct Schemas Schemas;

/* All .json files of a folder. ERR_MISSING, ERR_REJECT with file and what is wrong. */
Schemas *schemas_load(const char *folder, GError **error);

/* Of one object, borrowed: a schema by its name. ERR_REJECT. */
Schemas *schemas_compile(json_t *all, GError **error);
void schemas_free(Schemas *schemas);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Schemas, schemas_free)

/* The schema of this name, NULL when there is none; all of them, by name. Borrowed. */
json_t *schemas_find(const Schemas *schemas, const char *name);
json_t *schemas_all(const Schemas *schemas);

/* What a schema says after its $refs, borrowed. */
json_t *schemas_resolve(const Schemas *schemas, json_t *schema);

/* What is wrong where. `pointer` is a JSON pointer into a body ("/subject"), or "?name"
   for a parameter of the query. */
struct schema_flaw {
    char *pointer, *detail;
};
typedef GArray Flaws; /* of struct schema_flaw, at most LIMIT_FLAWS */

Flaws *flaws_new(void);
void flaws_add(Flaws *flaws, const char *pointer, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Look at a value (NULL: there is none), adding to `flaws`. True when it is good. A name
   that is not there is our mistake and aborts. */
bool schema_check(const Schemas *schemas, const char *name, const json_t *value,
                  Flaws *flaws);

/* The query as the object that the schema `name` describes: a property each parameter, its
   text made a number, a boolean or, where it may come several times, an array. What is not
   in the schema, or twice where once is meant, is a flaw. Owned by the caller; of use only
   when no flaw was added. */
json_t *schema_read_query(const Schemas *schemas, const char *name, const Values *query,
                          Flaws *flaws);
