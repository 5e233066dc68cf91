/*
 * log: one line an event, `event key=value …`, on standard error.
 *
 *     log_info("lmtp accepted", log_str("id", id), log_int("size", size));
 *
 * The level is the consequence: error, someone must act; warning, someone may want to;
 * info, it happened; debug, for us. Values are quoted and escaped as needed, so a peer's
 * bytes can't forge a line. Never log a body, a password, a token.
 * Under systemd (JOURNAL_STREAM) the lines carry its <N> level instead of time and name.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/uuid.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log_field {
    const char *key; /* NULL ends a list */
    enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_UUID } type;
    const char *text; /* borrowed until the line is written */
    int64_t number;
    struct uuid uuid;
};

static inline struct log_field
log_str(const char *key, const char *text)
{
    return (struct log_field){ .key = key, .type = LOG_FIELD_TEXT, .text = text };
}

static inline struct log_field
log_int(const char *key, int64_t number)
{
    return (struct log_field){ .key = key, .type = LOG_FIELD_INT, .number = number };
}

static inline struct log_field
log_uuid(const char *key, struct uuid uuid)
{
    return (struct log_field){ .key = key, .type = LOG_FIELD_UUID, .uuid = uuid };
}

/* The error's message, as error=… ; NULL gives "none". */
static inline struct log_field
log_error_field(const GError *error)
{
    return log_str("error", error ? error->message : "none");
}

/* The name that this process's lines carry ("maild/lmtp"). Copied. */
void log_set_process(const char *name);

/* Lines less grave than this are not written. Default: info. */
void log_set_level(enum log_level least);

/* Write one line. `fields` ends with a field whose key is NULL. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);

/* The same line as text, without time and newline; for tests. Owned by the caller. */
char *log_format(const char *event, const struct log_field *fields);

#define LOG_FIELDS(...)                                                                  \
    (const struct log_field[])                                                           \
    {                                                                                    \
        __VA_ARGS__ __VA_OPT__(, )                                                       \
        {                                                                                \
            0                                                                            \
        }                                                                                \
    }
#define log_error(event, ...) log_write(LOG_LEVEL_ERROR, event, LOG_FIELDS(__VA_ARGS__))
#define log_warning(event, ...)                                                          \
    log_write(LOG_LEVEL_WARNING, event, LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...) log_write(LOG_LEVEL_INFO, event, LOG_FIELDS(__VA_ARGS__))
#define log_debug(event, ...) log_write(LOG_LEVEL_DEBUG, event, LOG_FIELDS(__VA_ARGS__))
