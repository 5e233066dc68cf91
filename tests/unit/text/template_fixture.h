/* template_fixture: partials out of a JSON object, for tests. */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "common/text/template.h"

struct fixture {
    GHashTable *templates; /* name -> Template */
    struct template_partials partials;
};

/* Compile the members of a JSON object (text; NULL: none); fails the test on a bad one. */
void fixture_init(struct fixture *fixture, const char *partials);
void fixture_clear(struct fixture *fixture);

/* Compile an exact-size copy of the source. */
Template *compile_exact(const char *source, const char *name, GError **error);

/* Compile and render; NULL and error if either fails. */
GString *render_text(const char *source, const char *document, const char *partials,
                     enum template_mode mode, struct template_cost *ret_cost,
                     GError **error);
