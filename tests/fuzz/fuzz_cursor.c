/* Cursors of lists: what was not sealed by us is refused; sealed, any bytes are looked at and
   pass only as a key and an id of this sort. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "common/base/autoptr.h"
#include "common/base/crypto.h"
#include "portald/api/listing.h"
#include "portald/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Config config;

/* The only thing of the site that a list needs is its secret: no site is opened here. */
const Config *
site_config(const Site *site)
{
    (void)site;
    return &config;
}

/* Whether this cursor is taken. */
static bool
read_cursor(const char *cursor, Listing *listing)
{
    json_t *text = json_string(cursor);
    if (!text)
        return false; /* the API's JSON is UTF-8 */
    g_autoptr(json_t) arguments = json_pack("{s:o}", "cursor", text);
    struct request request = { .arguments = arguments };
    g_autoptr(Reply) reply = listing_read(&request, "newest", listing);

    g_assert_true(!reply || reply->status == 422);
    return !reply;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = { (const char *)data, size };
    g_autofree char *text = slice_dup(bytes);
    g_auto(Listing) given = { 0 }, sealed = { 0 };

    crypto_init();
    if (!config.secret)
        config.secret = g_bytes_new_static("a secret that no input holds....", 32);
    g_assert_false(read_cursor(text, &given));

    struct slice secret = { g_bytes_get_data(config.secret, NULL), 32 };
    g_autoptr(GBytes) closed = crypto_seal(secret, "cursor of a list", bytes);
    struct slice closed_bytes = { g_bytes_get_data(closed, NULL),
                                  g_bytes_get_size(closed) };
    g_autofree char *cursor = crypto_base64url(closed_bytes);
    if (read_cursor(cursor, &sealed)) {
        g_assert_nonnull(sealed.after_key);
        g_assert_true(g_utf8_validate(sealed.after_key, -1, NULL));
        g_assert_cmpstr(sealed.sort, ==, "newest");
    }
    return 0;
}
