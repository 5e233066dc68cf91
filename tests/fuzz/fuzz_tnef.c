/* winmail.dat, and its compressed RTF by itself. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/inner.h"
#include "common/mail/rtf.h"
#include "common/mail/tnef.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text)
{
    g_assert_true(!text || g_utf8_validate(text, -1, NULL));
}

static void
check_rtf(struct slice bytes)
{
    g_autofree char *direct = rtf_text(bytes);
    g_autoptr(GBytes) rtf = rtf_decompress(bytes);
    check_text(direct);
    if (!rtf)
        return;
    gsize n = 0;
    const char *p = g_bytes_get_data(rtf, &n);
    g_assert_cmpuint(n, <=, LIMIT_RTF_BYTES + 1024);
    g_autofree char *text = rtf_text((struct slice){ p, n });
    check_text(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = { (const char *)data, size };
    g_auto(Tnef) tnef = { 0 };

    tnef_read(bytes, &tnef);
    check_text(tnef.text);
    check_text(tnef.html);
    check_text(tnef.subject);
    g_assert_cmpuint(tnef.files->len, <=, LIMIT_PARTS);
    for (guint i = 0; i < tnef.files->len; i++) {
        const struct inner_file *file = tnef.files->pdata[i];
        check_text(file->name);
        check_text(file->content_type);
        check_text(file->content_id);
        g_assert_null(strpbrk(file->name, "\r\n"));
        g_assert_true(*file->content_type != 0);
    }
    check_rtf(bytes);
    return 0;
}
