#include "common/db/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/error.h"
#include "common/db/connection.h"

/* SCHEMA_VERSION, the number of the newest migration, comes from the build. */

struct migration {
    int version;
    char *name; /* file name */
    char *sql;
    char *digest;
};

static void
migration_free(void *data)
{
    struct migration *m = data;
    g_free(m->name);
    g_free(m->sql);
    g_free(m->digest);
    g_free(m);
}

/* NNNN_lower_case.sql; the name is later put into a statement, so nothing else passes. */
static bool
is_migration_name(const char *name)
{
    size_t n = strlen(name);
    if (n < 10 || name[4] != '_' || strspn(name, "0123456789") != 4)
        return false;
    return strspn(name + 5, "abcdefghijklmnopqrstuvwxyz0123456789_") == n - 9
           && strcmp(name + n - 4, ".sql") == 0;
}

static int
by_name(const void *a, const void *b)
{
    const struct migration *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static bool
read_migration(const char *directory, const char *name, GPtrArray *files, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autoptr(GError) failure = NULL;
    char *sql = NULL;
    if (!g_file_get_contents(path, &sql, NULL, &failure))
        return error_set(error, ERR_BUG, "%s", failure->message);

    struct migration *m = g_new0(struct migration, 1);
    m->version = atoi(name);
    m->name = g_strdup(name);
    m->sql = sql;
    m->digest = crypto_sha256_hex(slice_from(sql));
    g_ptr_array_add(files, m);
    return true;
}

/* The migrations in order, which must be 1, 2, 3, … without a gap. */
static GPtrArray *
read_migrations(const char *directory, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(migration_free);
    g_autoptr(GError) failure = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &failure);
    if (!dir) {
        error_set(error, ERR_BUG, "%s", failure->message);
        return NULL;
    }
    for (const char *name; (name = g_dir_read_name(dir));)
        if (is_migration_name(name) && !read_migration(directory, name, files, error))
            return NULL;

    g_ptr_array_sort(files, by_name);
    for (guint i = 0; i < files->len; i++) {
        const struct migration *m = files->pdata[i];
        if (m->version != (int)i + 1) {
            error_set(error, ERR_BUG, "%s: expected number %04u here", m->name, i + 1);
            return NULL;
        }
    }
    return g_steal_pointer(&files);
}

static PGresult *
query(Db *db, const char *sql, GError **error)
{
    if (!connection_observe(db, "migrate", error))
        return NULL;
    g_autoptr(PGresult) result = PQexec(db->conn, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        connection_error(db, result, "migrate", error);
        return NULL;
    }
    return g_steal_pointer(&result);
}

/* The number of the newest migration in the database; 0 when it has none. */
static bool
read_version(Db *db, int *ret_version, GError **error)
{
    g_autoptr(PGresult) exists =
        query(db, "SELECT to_regclass('public.schema_migrations') IS NOT NULL", error);
    if (!exists)
        return false;
    if (strcmp(PQgetvalue(exists, 0, 0), "t") != 0) {
        *ret_version = 0;
        return true;
    }
    g_autoptr(PGresult) newest =
        query(db, "SELECT coalesce(max(version), 0) FROM schema_migrations", error);
    if (!newest)
        return false;
    *ret_version = atoi(PQgetvalue(newest, 0, 0));
    return true;
}

static bool
check_digests(Db *db, const GPtrArray *files, GError **error)
{
    g_autoptr(PGresult) applied =
        query(db, "SELECT version, name, digest FROM schema_migrations ORDER BY version",
              error);
    if (!applied)
        return false;
    for (int i = 0; i < PQntuples(applied); i++) {
        const char *name = PQgetvalue(applied, i, 1);
        if ((guint)i >= files->len)
            return error_set(
                error, ERR_CONFLICT,
                "the database is newer than this program: it has %s; install "
                "the release that made it",
                name);
        const struct migration *m = files->pdata[i];
        if (strcmp(m->digest, PQgetvalue(applied, i, 2)) != 0)
            return error_set(error, ERR_CONFLICT,
                             "%s has changed since it was applied; put the released file "
                             "back",
                             m->name);
    }
    return true;
}

static const char *const ledger_sql =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "  version integer PRIMARY KEY, name text NOT NULL, digest text NOT NULL,"
    "  applied_at timestamptz NOT NULL DEFAULT now());"
    "COMMENT ON TABLE schema_migrations IS 'Which migrations this database has had';"
    "COMMENT ON COLUMN schema_migrations.version IS 'Number at the head of the file "
    "name';"
    "COMMENT ON COLUMN schema_migrations.name IS 'File name';"
    "COMMENT ON COLUMN schema_migrations.digest IS 'SHA-256 of the file, hex';"
    "COMMENT ON COLUMN schema_migrations.applied_at IS 'When'";

/* Under the lock that makes two runners take turns; another may have been here since we
   looked, so look again. */
static bool
apply_locked(Db *db, const struct migration *m, size_t *ret_applied, GError **error)
{
    int version = 0;
    g_autofree char *record = g_strdup_printf(
        "INSERT INTO schema_migrations (version, name, digest) VALUES (%d, '%s', '%s')",
        m->version, m->name, m->digest);

    if (!db_run_script(db, "SELECT pg_advisory_xact_lock(1886352244)", error)
        || !db_run_script(db, ledger_sql, error) || !read_version(db, &version, error))
        return false;
    if (version >= m->version)
        return true;
    if (!connection_command(db, m->name, m->sql, error)
        || !db_run_script(db, record, error))
        return false;
    (*ret_applied)++;
    return true;
}

static bool
apply(Db *db, const struct migration *m, size_t *ret_applied, GError **error)
{
    size_t applied = *ret_applied;
    if (!db_run_script(db, "BEGIN", error))
        return false;
    if (!apply_locked(db, m, &applied, error)) {
        db_run_script(db, "ROLLBACK", NULL);
        return false;
    }
    if (!db_run_script(db, "COMMIT", error))
        return false;
    *ret_applied = applied;
    return true;
}

bool
migrate_run(Db *db, const char *directory, bool dry_run, MigrateReport report, void *data,
            size_t *ret_applied, GError **error)
{
    int version = 0;
    size_t applied = 0;
    g_autoptr(GPtrArray) files = read_migrations(directory, error);

    if (!files || !read_version(db, &version, error)
        || (version > 0 && !check_digests(db, files, error)))
        return false;
    for (guint i = (guint)version; i < files->len; i++) {
        const struct migration *m = files->pdata[i];
        report(m->version, m->name, data);
        if (!dry_run && !apply(db, m, &applied, error))
            return false;
    }
    *ret_applied = applied;
    return true;
}

bool
migrate_check(Db *db, GError **error)
{
    int version = 0;
    if (!read_version(db, &version, error))
        return false;
    if (version < SCHEMA_VERSION)
        return error_set(error, ERR_CONFLICT,
                         "the database has schema %d, this program needs %d: run `maild "
                         "migrate`",
                         version, SCHEMA_VERSION);
    if (version > SCHEMA_VERSION)
        return error_set(
            error, ERR_CONFLICT,
            "the database has schema %d, this program knows only %d: install "
            "the newer release",
            version, SCHEMA_VERSION);
    return true;
}
