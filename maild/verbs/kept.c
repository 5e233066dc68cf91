#include "maild/verbs/kept.h"

#include <stdio.h>

#include "maild/verbs/document.h"

#define SHOWN_BYTES 4096 /* of the mail itself, unless --raw */

void
kept_print_entry(const json_t *entry)
{
    g_autofree char *received = document_time(entry, "received_at");
    g_autofree char *reason = document_safe(document_text(entry, "reason"));
    g_autofree char *from = document_safe(document_text(entry, "from"));

    printf("%s  %s\n  received %s, %lld bytes, from <%s>\n  %s\n",
           document_text(entry, "id"), document_text(entry, "tenant"), received,
           document_number(entry, "size"), from, reason);
}

void
kept_print_head(GBytes *raw)
{
    gsize n = 0;
    const char *bytes = g_bytes_get_data(raw, &n);
    g_autofree char *head = g_strndup(bytes, MIN(n, SHOWN_BYTES));
    g_autofree char *text = g_utf8_make_valid(head, -1);

    putchar('\n');
    for (const char *c = text; *c; c++)
        if (*c != '\r')
            putchar((unsigned char)*c < ' ' && *c != '\n' && *c != '\t' ? '?' : *c);
    if (n > SHOWN_BYTES)
        printf("\n… %zu bytes more: --raw shows all\n", n - SHOWN_BYTES);
}
