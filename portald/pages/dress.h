/*
 * dress: what a page needs beside the document that the API sends.
 *
 *     { "created_at": "2026-11-27T18:00:00Z", "status": "open", "size": 1200 }
 *       ─► created_at_text, created_at_ago, status_is: { open: true }, size_text
 *
 * Times stand as the person reads them, a word of a fixed set as a flag that a template can
 * ask for, bytes as a size, and who has a name has initials.
 */
#pragma once

#include <jansson.h>

#include "portald/http/request.h"

/* Add to this value and to all that is in it. */
void dress(const struct request *request, json_t *value);

/* A document from JSON text, dressed; owned by the caller. ERR_BUG when it is none. */
json_t *dress_text(const struct request *request, const char *text, GError **error);
