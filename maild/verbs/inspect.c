/* maild inspect FILE… */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/limits.h"
#include "common/mail/inspect.h"
#include "maild/verbs/verb.h"

/* All of standard input, as far as a message may be long (and one byte, so that the parser
   sees that it was longer). */
static GByteArray *
read_all(FILE *in)
{
    GByteArray *bytes = g_byte_array_new();
    guint8 buffer[65536];
    size_t n;
    while (bytes->len <= LIMIT_MESSAGE_BYTES
           && (n = fread(buffer, 1, sizeof buffer, in)) > 0)
        g_byte_array_append(bytes, buffer, (guint)n);
    return bytes;
}

static GByteArray *
read_file(const char *path, GError **error)
{
    if (strcmp(path, "-") == 0)
        return read_all(stdin);
    FILE *in = fopen(path, "rb");
    if (!in) {
        error_set(error, ERR_MISSING, "%s: %s", path, g_strerror(errno));
        return NULL;
    }
    GByteArray *bytes = read_all(in);
    fclose(in);
    return bytes;
}

static bool
inspect_file(const char *path, GError **error)
{
    g_autoptr(GByteArray) raw = read_file(path, error);
    if (!raw)
        return false;
    char *json =
        mail_inspect((struct slice){ (const char *)raw->data, raw->len }, NULL, error);
    if (!json)
        return false;
    puts(json);
    free(json); /* jansson's */
    return true;
}

int
verb_inspect(const struct verb_context *context, int argc, char **argv)
{
    (void)context;
    if (argc < 2)
        return verb_misused(argv[0]);
    int status = EX_OK;
    for (int i = 1; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        if (!inspect_file(argv[i], &error))
            status = verb_failed(error);
    }
    return status;
}
