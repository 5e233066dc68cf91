/*
 * site: what every handler stands on: the configuration, the pages with their texts
 * and assets, and a database connection for each thread, opened when it is first needed and again when it was lost.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/db/db.h"

typedef struct Site Site;

/* What the site owns and others define. */
struct Pages;
struct Texts;
struct Assets;
struct Hub;
struct Schemas;

enum site_figure {
    SITE_REQUESTS,
    SITE_REQUESTS_REFUSED, /* answered with 4xx */
    SITE_REQUESTS_FAILED,  /* answered with 5xx */
    SITE_BYTES,            /* of bodies sent */
    SITE_FIGURE_COUNT
};

/* `config` and `statements`, which every connection prepares, are borrowed for the life of
   the site. Reads the pages and the API's schemas: the errors of texts_load, pages_load,
   schemas_load. */
Site *site_open(const Config *config, const struct db_statement_table *statements,
                GError **error);
void site_free(Site *site);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Site, site_free)

const Config *site_config(const Site *site);
const struct Pages *site_pages(const Site *site);
const struct Texts *site_texts(const Site *site);
const struct Assets *site_assets(const Site *site);
const struct Schemas *site_schemas(const Site *site);

/* What tells live pages; it runs from site_start_hub on. */
struct Hub *site_hub(const Site *site);
void site_start_hub(Site *site);
/* What the API says of itself (api/openapi.h); given once, before there are requests. */
void site_take_description(Site *site, char *description);
const char *site_description(const Site *site);

/* The calling thread's connection, owned by the site; it is closed when the thread ends.
   ERR_RETRY when the database can't be reached now. */
Db *site_db(Site *site, GError **error);

void site_count(Site *site, enum site_figure figure, int64_t n);

/* The site's own figures as Prometheus text. */
char *site_format_figures(const Site *site);
