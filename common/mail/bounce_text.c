#include "common/mail/bounce_text.h"

#include <string.h>

#include "common/mail/message_id.h"

char *
bounce_text_message_id(const char *text)
{
    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (g_ascii_strncasecmp(p, "message-id:", 11) != 0)
            continue;
        const char *value = p + 11;
        size_t n = strcspn(value, "\n");
        if (strspn(value, " \t") == n && value[n] && strchr(" \t", value[n + 1]))
            n += 1 + strcspn(value + n + 1, "\n");
        g_autofree char *line = g_strndup(value, n);
        g_strdelimit(line, "\n\t", ' ');
        char *id = message_id_read(line);
        if (id && strchr(id, '@'))
            return id;
        g_free(id);
    }
    return NULL;
}

void
bounce_text_read(const struct bounce_facts *facts, GPtrArray *list)
{
    (void)facts;
    (void)list;
}
