/* An invitation: whatever comes out is UTF-8 on one line. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(Calendar) c = { 0 };
    if (!calendar_read((struct slice){ (const char *)data, size }, &c))
        return 0;
    const char *all[] = { c.method, c.summary, c.start, c.end, c.organizer };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_assert_true(g_utf8_validate(all[i], -1, NULL));
        g_assert_null(strpbrk(all[i], "\r\n\t"));
        g_assert_cmpuint(strlen(all[i]), <=, 8 * LIMIT_CALENDAR_VALUE_BYTES);
    }
    return 0;
}
