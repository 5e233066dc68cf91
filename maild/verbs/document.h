/* document: the JSON documents of the store, for verbs that print them for people. */
#pragma once

#include <jansson.h>

#include "common/base/autoptr.h"

/* Parse what a statement returned; it is our own, so anything else aborts. */
json_t *document_parse(const char *text);

/* The text of a member; "" where it is null or absent. Borrowed. */
const char *document_text(const json_t *object, const char *key);
long long document_number(const json_t *object, const char *key);

/* A time of the document as people read it: "2026-11-21 03:36:15Z, 5 min ago"; "-" where
   it is null. Owned by the caller. */
char *document_time(const json_t *object, const char *key);

/* The text without control characters, so that a peer's bytes can't steer the terminal.
   Owned by the caller. */
char *document_safe(const char *text);
