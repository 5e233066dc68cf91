/* main: `portald [-c FILE]`: the web side of the desk. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "common/base/config.h"
#include "common/base/crypto.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/notify_systemd.h"
#include "common/base/privileges.h"
#include "common/db/migrate.h"
#include "common/store/statements.h"
#include "portald/api/openapi.h"
#include "portald/routes_print.h"
#include "portald/server/server.h"
#include "portald/site_routes.h"

static const char usage[] =
    "portald, the web side of the Postern help desk\n\n"
    "usage: portald [-c FILE]\n       portald --routes\n\n"
    "  -c FILE       the configuration; default: $POSTERN_CONFIG, "
    "else\n                " CONFIG_DEFAULT_PATH
    "\n  --routes      print every path and the least who may ask it\n";

static int
fail(const GError *error)
{
    fprintf(stderr, "portald: %s\n", error->message);
    return EX_CONFIG;
}

/* An older or newer schema is no state to start in; a database that is away is one: we
   answer 503 until it comes. Our statements would not fit another schema, so the one who
   asks has none. */
static bool
check_schema(const Config *config, GError **error)
{
    g_autoptr(GError) away = NULL;
    g_autoptr(Db) db = db_open(&(struct db_options){ .conninfo = config->portal_database,
                                                     .application = "portald check" },
                               &away);

    if (db)
        return migrate_check(db, error);
    log_warning("database away", log_error_field(away));
    return true;
}

/* Wait for the end; the signals are blocked in every thread. */
static void
serve(const sigset_t *signals)
{
    int number = 0;

    notify_systemd("READY=1");
    log_info("ready");
    sigwait(signals, &number);
    notify_systemd("STOPPING=1");
    log_info("stopping", log_int("signal", number));
}

/* Each connection is a file, and the usual 1,024 are fewer than we take. */
static void
allow_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    rlim_t wanted = LIMIT_HTTP_CONNECTIONS + LIMIT_JOB_FILES;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted
                         ? wanted
                         : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int
run(const char *path)
{
    g_autoptr(GError) error = NULL;
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    allow_files();

    g_autoptr(Config) config = config_read(path, &error);
    if (!config || !privileges_drop(config->user, &error))
        return fail(error);
    log_set_level(config->log_level);

    g_autoptr(Site) site = site_open(config, &statements, &error);
    if (!site || !check_schema(config, &error))
        return fail(error);
    const struct route_table routes = site_routes();
    g_autofree void *routes_memory G_GNUC_UNUSED = (void *)(uintptr_t)routes.routes;
    site_start_hub(site);
    char *description = openapi_format(routes, site_schemas(site), &error);
    if (!description)
        return fail(error);
    site_take_description(site, description);
    g_autoptr(Server) server = server_start(site, routes, &error);
    if (!server)
        return fail(error);
    serve(&signals);
    return EX_OK;
}

static int
print_routes(void)
{
    const struct route_table routes = site_routes();
    g_autofree void *routes_memory G_GNUC_UNUSED = (void *)(uintptr_t)routes.routes;
    routes_print(routes);
    return EX_OK;
}

int
main(int argc, char **argv)
{
    const char *path = getenv("POSTERN_CONFIG");

    log_set_process("portald");
    crypto_init();
    if (argc == 3 && strcmp(argv[1], "-c") == 0)
        return run(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--routes") == 0)
        return print_routes();
    if (argc == 1)
        return run(path ? path : CONFIG_DEFAULT_PATH);
    fputs(usage, argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
    return argc == 2 && strcmp(argv[1], "--help") == 0 ? EX_OK : EX_USAGE;
}
