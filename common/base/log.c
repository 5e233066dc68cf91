#include "common/base/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"

#define VALUE_MAX 512 /* bytes of one value; a peer's text must not fill the disk */

static char process_name[64] = "postern";
static enum log_level least_level = LOG_LEVEL_INFO;

void
log_set_process(const char *name)
{
    g_strlcpy(process_name, name, sizeof process_name);
}

void
log_set_level(enum log_level least)
{
    least_level = least;
}

static bool
needs_quotes(const char *text)
{
    if (!*text)
        return true;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == '"' || *c == '=' || *c == '\\' || *c == 127)
            return true;
    return false;
}

static void
append_text(GString *line, const char *value)
{
    g_autofree char *clipped = g_strndup(value ? value : "", VALUE_MAX);
    g_autofree char *text = g_utf8_make_valid(clipped, -1);
    if (!needs_quotes(text)) {
        g_string_append(line, text);
        return;
    }
    g_string_append_c(line, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_printf(line, "\\%c", *c);
        else if ((unsigned char)*c < ' ' || *c == 127)
            g_string_append_printf(line, "\\x%02x", (unsigned char)*c);
        else
            g_string_append_c(line, *c);
    }
    g_string_append_c(line, '"');
}

static void
append_field(GString *line, const struct log_field *field)
{
    char uuid[UUID_TEXT_SIZE];

    g_string_append_printf(line, " %s=", field->key);
    switch (field->type) {
    case LOG_FIELD_TEXT:
        append_text(line, field->text);
        break;
    case LOG_FIELD_INT:
        g_string_append_printf(line, "%" G_GINT64_FORMAT, field->number);
        break;
    case LOG_FIELD_UUID:
        g_string_append(line, uuid_format(field->uuid, uuid));
        break;
    }
}

char *
log_format(const char *event, const struct log_field *fields)
{
    GString *line = g_string_new(event);
    for (const struct log_field *field = fields; field->key; field++)
        append_field(line, field);
    return g_string_free(line, FALSE);
}

void
log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    static const char *const words[] = { "error", "warning", "info", "debug" };
    static const int priorities[] = { 3, 4, 6, 7 }; /* sd-daemon(3) */

    if (level > least_level)
        return;

    g_autofree char *body = log_format(event, fields);
    g_autofree char *line = NULL;
    if (getenv("JOURNAL_STREAM")) {
        line = g_strdup_printf("<%d>%s\n", priorities[level], body);
    } else {
        g_autofree char *time = clock_format_rfc3339(clock_now_us());
        line = g_strdup_printf("%s %s[%d] %s: %s\n", time, process_name, (int)getpid(),
                               words[level], body);
    }
    /* One write a line, so that lines of several processes don't mix. */
    ssize_t written = write(STDERR_FILENO, line, strlen(line));
    (void)written;
}
