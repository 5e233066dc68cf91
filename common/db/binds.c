#include "common/db/binds.h"

void
parameters_clear(Parameters *p)
{
    for (size_t i = 0; i < p->n; i++)
        g_free(p->owned[i]);
}

static char *
array_literal(const char *const *array)
{
    GString *text = g_string_new("{");
    for (size_t i = 0; array && array[i]; i++) {
        g_string_append(text, i ? ",\"" : "\"");
        for (const char *c = array[i]; *c; c++) {
            if (*c == '"' || *c == '\\')
                g_string_append_c(text, '\\');
            g_string_append_c(text, *c);
        }
        g_string_append_c(text, '"');
    }
    g_string_append_c(text, '}');
    return g_string_free(text, FALSE);
}

static char *
time_literal(int64_t time_us)
{
    int64_t seconds = time_us / G_USEC_PER_SEC;
    int64_t rest = time_us % G_USEC_PER_SEC;
    if (rest < 0) {
        seconds--;
        rest += G_USEC_PER_SEC;
    }
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(seconds);
    if (!when)
        return g_strdup(time_us < 0 ? "-infinity" : "infinity");
    g_autofree char *text = g_date_time_format(when, "%Y-%m-%dT%H:%M:%S");
    return g_strdup_printf("%s.%06dZ", text, (int)rest);
}

/* Values travel as text, which the server reads as whatever type the statement casts to;
   only bytea is sent in binary form, to save both sides the hex. */
static void
set_parameter(Parameters *p, size_t i, const struct db_bind *bind)
{
    char uuid[UUID_TEXT_SIZE];

    switch (bind->type) {
    case DB_NULL:
        break;
    case DB_TEXT:
        /* libpq reads text up to its NUL; a slice has none, an embedded one is cut off
           here and would be refused by the server anyway. */
        p->values[i] = p->owned[i] = g_strndup(bind->bytes.p, bind->bytes.n);
        break;
    case DB_BYTES:
        p->values[i] = bind->bytes.p;
        p->lengths[i] = (int)bind->bytes.n;
        p->formats[i] = 1;
        break;
    case DB_INT:
        p->values[i] = p->owned[i] = g_strdup_printf("%" G_GINT64_FORMAT, bind->number);
        break;
    case DB_BOOL:
        p->values[i] = bind->number ? "t" : "f";
        break;
    case DB_UUID:
        p->values[i] = p->owned[i] = g_strdup(uuid_format(bind->uuid, uuid));
        break;
    case DB_TIME:
        p->values[i] = p->owned[i] = time_literal(bind->number);
        break;
    case DB_TEXT_ARRAY:
        p->values[i] = p->owned[i] = array_literal(bind->array);
        break;
    }
}

void
parameters_set(Parameters *p, const struct db_bind *binds, size_t n)
{
    g_assert(n <= BINDS_MAX);
    p->n = n;
    for (size_t i = 0; i < n; i++)
        set_parameter(p, i, &binds[i]);
}
