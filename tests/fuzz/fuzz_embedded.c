/* Files written into a text: what is cut out is what was found. */
#include <glib.h>
#include <stdint.h>

#include "common/base/limits.h"
#include "common/mail/embedded.h"
#include "common/mail/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size };
    const char *problem = NULL;
    g_autoptr(GPtrArray) files = embedded_read(text, NULL, &problem);
    g_autoptr(GString) words = embedded_cut(text, EMBEDDED_CUT_ALL);

    g_assert_true((files->len > 0) == (words != NULL));
    g_assert_cmpuint(files->len, <=, LIMIT_PARTS);
    for (guint i = 0; i < files->len; i++) {
        const struct inner_file *file = files->pdata[i];
        g_assert_true(g_utf8_validate(file->name, -1, NULL));
        g_assert_cmpuint(g_bytes_get_size(file->content), >, 0);
    }
    g_assert_true(!words || words->len < size);
    return 0;
}
