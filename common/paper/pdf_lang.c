#include "common/paper/pdf_lang.h"

#include <string.h>

#include "common/base/slice.h"

/* Where `what` begins for the last time. */
static const char *
find_last(struct slice s, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = s.n >= n ? s.n - n + 1 : 0; i > 0; i--)
        if (memcmp(s.p + i - 1, what, n) == 0)
            return s.p + i - 1;
    return NULL;
}

/* The number behind `key`, which stands at or behind `from`. -1 when there is none. */
static gint64
number_behind(const char *from, const char *key)
{
    const char *at = from ? strstr(from, key) : NULL;
    return at ? g_ascii_strtoll(at + strlen(key), NULL, 10) : -1;
}

/* What stands between << and >> of an object; empty when it isn't a plain dictionary. */
static struct slice
dictionary_of(struct slice pdf, gint64 object)
{
    g_autofree char *head = g_strdup_printf("\n%" G_GINT64_FORMAT " 0 obj\n<<", object);
    const char *at = find_last(pdf, head);
    if (!at)
        return (struct slice){ NULL, 0 };
    at += strlen(head);
    struct slice rest = slice_sub(pdf, (size_t)(at - pdf.p), pdf.n);
    const char *end = memmem(rest.p, rest.n, ">>\nendobj", 9);
    return end ? slice_sub(rest, 0, (size_t)(end - rest.p)) : (struct slice){ NULL, 0 };
}

void
pdf_lang_append(GByteArray *pdf, const char *lang)
{
    /* The trailer is the last thing and short; a copy of it has a NUL behind it. */
    struct slice whole = { (const char *)pdf->data, pdf->len };
    g_autofree char *tail =
        slice_dup(slice_sub(whole, whole.n > 1024 ? whole.n - 1024 : 0, whole.n));
    const char *trailer = strstr(tail, "trailer");
    gint64 root = number_behind(trailer, "/Root "),
           info = number_behind(trailer, "/Info "),
           size = number_behind(trailer, "/Size "),
           table = number_behind(tail, "startxref\n");
    struct slice catalog = dictionary_of(whole, root);
    if (root <= 0 || info <= 0 || size <= 0 || table <= 0 || catalog.n == 0)
        return;

    g_autoptr(GString) update = g_string_new(NULL);
    g_string_append_printf(update, "%" G_GINT64_FORMAT " 0 obj\n<<", root);
    g_string_append_len(update, catalog.p, (gssize)catalog.n);
    g_string_append(update, "   /Lang (");
    for (; *lang; lang++)
        if (g_ascii_isalnum(*lang) || *lang == '-')
            g_string_append_c(update, *lang);
    g_string_append(update,
                    ")\n   /ViewerPreferences << /DisplayDocTitle true >>\n>>\nendobj\n");
    size_t xref = pdf->len + update->len;
    g_string_append_printf(update,
                           "xref\n%" G_GINT64_FORMAT " 1\n%010u 00000 n \n"
                           "trailer\n<< /Size %" G_GINT64_FORMAT
                           " /Root %" G_GINT64_FORMAT " 0 R /Info %" G_GINT64_FORMAT
                           " 0 R /Prev %" G_GINT64_FORMAT " >>\n"
                           "startxref\n%zu\n%%%%EOF\n",
                           root, pdf->len, size, root, info, table, xref);
    g_byte_array_append(pdf, (const guint8 *)update->str, (guint)update->len);
}
