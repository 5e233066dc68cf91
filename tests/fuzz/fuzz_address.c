/* Addresses, Message-IDs, encoded words and parameters of header values. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/mail/address.h"
#include "common/mail/encoded_word.h"
#include "common/mail/message_id.h"
#include "common/mail/param.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is given out as an address can stand in a command and in a header, and is in its
   normal form already. */
static void
check_address(const char *address)
{
    g_assert_true(g_utf8_validate(address, -1, NULL));
    if (*address == 0)
        return;
    g_assert_cmpuint(strlen(address), <=, 2 * LIMIT_ADDRESS_BYTES);
    g_assert_nonnull(strchr(address, '@'));
    for (const char *p = address; *p; p++)
        g_assert_true((unsigned char)*p > 32 && *p != 127 && *p != '<' && *p != '>');
    g_autofree char *again = address_normalise(slice_from(address));
    g_assert_cmpstr(again, ==, address);
    address_may_answer(address);
}

static void
check_line(const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *p = text; *p; p++)
        g_assert_true((unsigned char)*p >= 32 && *p != 127);
}

static void
check_list(const char *value)
{
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
    address_read_list(value, list);
    g_assert_cmpuint(list->len, <=, LIMIT_ADDRESSES);
    for (guint i = 0; i < list->len; i++) {
        const struct mail_address *a = list->pdata[i];
        check_address(a->address);
        check_line(a->name);
        check_line(a->original);
    }
}

static void
check_ids(const char *value)
{
    g_auto(GStrv) ids = message_id_read_list(value, NULL);
    g_assert_cmpuint(g_strv_length(ids), <=, LIMIT_REFERENCES);
    for (char **id = ids; *id; id++) {
        check_line(*id);
        g_assert_null(strpbrk(*id, "<> \t"));
    }
    g_autofree char *one = message_id_read(value);
    if (one)
        check_line(one);
}

static void
check_params(const char *value)
{
    g_autoptr(Params) type = params_read_type(value);
    g_autoptr(Params) disposition = params_read_disposition(value);
    g_autofree char *name = params_get(type, "name");
    g_autofree char *filename = params_get(disposition, "filename");
    check_line(name);
    check_line(filename);
    check_line(params_value(type));
    check_line(params_value(disposition));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *value = g_strndup((const char *)data, size);
    g_autofree char *decoded = encoded_word_decode(value);
    g_autofree char *bare = address_normalise((struct slice){ (const char *)data, size });
    check_line(decoded);
    if (bare)
        check_address(bare);
    check_list(value);
    check_ids(value);
    check_params(value);
    return 0;
}
