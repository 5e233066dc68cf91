#include "common/base/error.h"

G_DEFINE_QUARK(postern - error, postern_error)

bool
error_set(GError **error, enum error_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);

    g_set_error_literal(error, POSTERN_ERROR, (int)code, message);
    return false;
}

bool
error_is(const GError *error, enum error_code code)
{
    return g_error_matches(error, POSTERN_ERROR, (int)code);
}

const char *
error_code_name(const GError *error)
{
    static const char *const names[] = {
        [ERR_RETRY] = "retry",       [ERR_REJECT] = "reject",
        [ERR_DENIED] = "denied",     [ERR_MISSING] = "missing",
        [ERR_CONFLICT] = "conflict", [ERR_OUTDATED] = "outdated",
        [ERR_BUG] = "bug",
    };
    if (!error || error->domain != POSTERN_ERROR || error->code < ERR_RETRY
        || error->code > ERR_BUG)
        return "unknown";
    return names[error->code];
}
