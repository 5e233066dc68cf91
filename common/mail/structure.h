/*
 * structure: the tree of parts of a message (RFC 2045, 2046) as offsets into its bytes.
 *
 * One pass over the lines with a stack of open boundaries, so time is linear in the size
 * whatever the nesting; parts and depth are bounded, what lies beyond is left as content
 * of the part it stands in, and said in `errors`. Boundaries that are missing, closed
 * twice or never, and outer boundaries that end inner parts are all read as far as they
 * make sense.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"
#include "common/mail/header.h"

struct mime_node {
    struct header_block header; /* of the message itself for node 0 */
    int parent;                 /* index of the multipart it stands in; -1 for node 0 */
    int depth;
    char *path;            /* "1.2"; "" for a multipart at the top */
    char *type;            /* lower case "text/plain" */
    char *charset;         /* "" when not declared */
    char *encoding;        /* lower case, "" when not declared */
    char *disposition;     /* lower case "attachment"; "" when not declared */
    char *name;            /* decoded, "" when there is none */
    char *content_id;      /* without <>, "" */
    char *parameters;      /* the Content-Type value, decoded */
    bool flowed, delsp;    /* RFC 3676 */
    char *report_type;     /* of multipart/report, lower case; "" */
    bool is_multipart;     /* has children; else a leaf */
    size_t start;          /* of its header in raw */
    size_t offset, length; /* the encoded content in raw */
};

typedef struct Structure {
    GPtrArray *nodes; /* of struct mime_node *, parents before children, in order */
} Structure;

/* Read the tree. What was wrong is appended to `errors` (of char *). Never fails. */
Structure *structure_read(struct slice raw, GPtrArray *errors);
void structure_free(Structure *structure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Structure, structure_free)

const struct mime_node *structure_node(const Structure *structure, guint i);
