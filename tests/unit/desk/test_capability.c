#include "tests/unit/test.h"

#include <glib.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/desk/capability.h"

#define KEY (slice_from("0123456789abcdef0123456789abcdef"))

static struct capability
sample(void)
{
    return (struct capability){
        .tenant = uuid_make(),
        .id = uuid_make(),
        .kind = CAPABILITY_REPLY,
        .conversation = uuid_make(),
        .person = uuid_make(),
        .expires_at = 1800000000000000,
    };
}

/* Whatever the row promises is signed: a change of any of it changes the token. */
static void
test_signs_everything(void **state)
{
    (void)state;
    struct capability c = sample();
    g_autofree char *token = capability_token(KEY, &c);
    assert_int_equal(strlen(token), CAPABILITY_TOKEN_CHARS);

    for (int field = 0; field < 9; field++) {
        struct capability other = c;
        struct slice key = KEY;
        switch (field) {
        case 0:
            other.tenant = uuid_make();
            break;
        case 1:
            other.id = uuid_make();
            break;
        case 2:
            other.kind = CAPABILITY_VIEW;
            break;
        case 3:
            other.conversation = uuid_make();
            break;
        case 4:
            other.person = uuid_make();
            break;
        case 5:
            other.expires_at++;
            break;
        case 6:
            other.message = uuid_make();
            break;
        case 7:
            other.ordinal = 1;
            break;
        case 8:
            key = slice_from("another key, another installation");
            break;
        }
        g_autofree char *changed = capability_token(key, &other);
        assert_string_not_equal(token, changed);
    }
    g_autofree char *again = capability_token(KEY, &c);
    assert_string_equal(token, again);
}

/* The Message-ID is shown to everybody: it must not be the token. */
static void
test_message_id_opens_nothing(void **state)
{
    (void)state;
    struct capability c = sample();
    g_autofree char *token = capability_token(KEY, &c);
    g_autofree char *id = capability_message_id(KEY, &c, "desk.example");
    assert_true(g_str_has_prefix(id, "p.") && g_str_has_suffix(id, "@desk.example"));
    assert_null(strstr(id, token));
}

static void
test_address(void **state)
{
    (void)state;
    struct capability c = sample();
    struct slice found = { NULL, 0 };
    g_autofree char *token = capability_token(KEY, &c);
    g_autofree char *address = capability_address("support@desk.example", token);
    assert_true(capability_token_in(address, &found));
    assert_true(slice_equal(found, slice_from(token)));

    static const char *const none[] = {
        "support@desk.example",
        "support+news@desk.example",
        "support+aaaaaaaaaaaaaaaaaaaaaaa@desk.example",   /* one short */
        "support+aaaaaaaaaaaaaaaaaaaaaaaaa@desk.example", /* one long */
        "support+aaaaaaaaaaaaaaaaaaaaaaa1@desk.example",  /* no base32 */
        "+aaaaaaaaaaaaaaaaaaaaaaaa@desk.example",         /* no queue */
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "@",
        "",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        if (capability_token_in(none[i], &found))
            fail_msg("found a token in '%s'", none[i]);
}

/* Some clients fold the case of an address. */
static void
test_digest_ignores_case(void **state)
{
    (void)state;
    struct sha256 lower = capability_digest(slice_from("abcdefghijklmnopqrstuvwx"));
    struct sha256 upper = capability_digest(slice_from("ABCDEFGHIJKLMNOPQRSTUVWX"));
    assert_memory_equal(lower.b, upper.b, SHA256_SIZE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs_everything),
        cmocka_unit_test(test_message_id_opens_nothing),
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_digest_ignores_case),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
