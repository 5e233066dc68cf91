#include "portald/site.h"

#include <pthread.h>
#include <stdatomic.h>

#include "common/base/clock.h"
#include "common/paper/pdf.h"
#include "portald/http/assets.h"
#include "portald/http/schema.h"
#include "portald/live/hub.h"
#include "portald/pages/pages.h"

struct Site {
    const Config *config;
    const struct db_statement_table *statements;
    Texts *texts;
    Pages *pages;
    Assets *assets;
    Hub *hub;
    Schemas *schemas;
    char *description;
    pthread_key_t db; /* of each thread its Db */
    _Atomic int64_t figures[SITE_FIGURE_COUNT];
};

/* A statement of a request that takes longer is ended: somebody is waiting for it. */
#define STATEMENT_TIMEOUT (10 * CLOCK_SECOND)

static const struct {
    const char *name, *help;
} figure_names[SITE_FIGURE_COUNT] = {
    [SITE_REQUESTS] = { "postern_http_requests_total", "requests answered" },
    [SITE_REQUESTS_REFUSED] = { "postern_http_requests_refused_total",
                                "requests answered with 4xx" },
    [SITE_REQUESTS_FAILED] = { "postern_http_requests_failed_total",
                               "requests answered with 5xx" },
    [SITE_BYTES] = { "postern_http_bytes_total", "bytes of bodies sent" },
};

static void
close_db(void *db)
{
    db_free(db);
}

Site *
site_open(const Config *config, const struct db_statement_table *statements,
          GError **error)
{
    g_autoptr(Texts) texts = texts_load(config->templates, error);
    g_autofree char *folder = g_build_filename(config->templates, "api", NULL);
    g_autoptr(Schemas) schemas = texts ? schemas_load(folder, error) : NULL;
    Pages *pages = schemas ? pages_load(config->templates, texts, error) : NULL;
    if (!pages)
        return NULL;

    Site *site = g_new0(Site, 1);
    site->config = config;
    site->statements = statements;
    site->texts = g_steal_pointer(&texts);
    site->pages = pages;
    site->assets = assets_load();
    site->schemas = g_steal_pointer(&schemas);
    if (pthread_key_create(&site->db, close_db) != 0)
        g_error("no key for the threads' connections is left");
    return site;
}

void
site_free(Site *site)
{
    if (!site)
        return;
    db_free(pthread_getspecific(site->db)); /* this thread's; the others have ended */
    pthread_key_delete(site->db);
    pages_free(site->pages);
    texts_free(site->texts);
    assets_free(site->assets);
    hub_free(site->hub);
    schemas_free(site->schemas);
    g_free(site->description);
    pdf_free_fonts();
    g_free(site);
}

const Config *
site_config(const Site *site)
{
    return site->config;
}

const Pages *
site_pages(const Site *site)
{
    return site->pages;
}

const Texts *
site_texts(const Site *site)
{
    return site->texts;
}

const Assets *
site_assets(const Site *site)
{
    return site->assets;
}

Hub *
site_hub(const Site *site)
{
    return site->hub;
}

void
site_start_hub(Site *site)
{
    site->hub = hub_new(site->config, site->statements);
}

const Schemas *
site_schemas(const Site *site)
{
    return site->schemas;
}

void
site_take_description(Site *site, char *description)
{
    site->description = description;
}

const char *
site_description(const Site *site)
{
    return site->description;
}

Db *
site_db(Site *site, GError **error)
{
    Db *db = pthread_getspecific(site->db);

    if (db)
        return !db_is_lost(db) || db_reconnect(db, error) ? db : NULL;
    struct db_options options = { .conninfo = site->config->portal_database,
                                  .application = "portald",
                                  .statements = site->statements,
                                  .statement_timeout_us = STATEMENT_TIMEOUT };
    db = db_open(&options, error);
    if (db)
        pthread_setspecific(site->db, db);
    return db;
}

void
site_count(Site *site, enum site_figure figure, int64_t n)
{
    atomic_fetch_add_explicit(&site->figures[figure], n, memory_order_relaxed);
}

char *
site_format_figures(const Site *site)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < SITE_FIGURE_COUNT; i++)
        g_string_append_printf(
            text, "# HELP %s %s\n# TYPE %s counter\n%s %" G_GINT64_FORMAT "\n",
            figure_names[i].name, figure_names[i].help, figure_names[i].name,
            figure_names[i].name, (int64_t)atomic_load(&site->figures[i]));
    g_string_append_printf(text,
                           "# HELP postern_live_pages pages that are told what happens\n"
                           "# TYPE postern_live_pages gauge\npostern_live_pages %zu\n",
                           site->hub ? hub_count(site->hub) : 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}
