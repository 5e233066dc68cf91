/*
 * form: what a browser's form sends: urlencoded or multipart/form-data (RFC 7578).
 *
 * Pure. Files are slices of the body, which must outlive the form.
 */
#pragma once

#include "portald/http/values.h"

struct form_file {
    char *field;        /* the name of its input */
    char *name;         /* as the browser gave it, without any folder; "": none */
    char *content_type; /* as given; "": not given */
    struct slice content;
};

typedef struct Form {
    Values *values;
    GArray *files; /* of struct form_file; inputs left empty are not here */
} Form;

/* Read a body of this Content-Type. NULL with ERR_REJECT for one that is malformed, has
   more than LIMIT_HTTP_VALUES fields, or text that is not UTF-8; NULL without error for a
   type that is no form's. */
Form *form_parse(const char *content_type, struct slice body, GError **error);
void form_free(Form *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Form, form_free)
