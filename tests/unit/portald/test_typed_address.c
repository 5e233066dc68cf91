/* Addresses as people type them. */
#include "tests/unit/test.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "portald/auth/typed_address.h"

#define LABEL_OF_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_typed_address(void **state)
{
    static const char good[] = "";
    static const struct {
        const char *name, *text, *says; /* `good`: it is one */
    } cases[] = {
        { "plain", "ada@customer.example", good },
        { "spaces around it", "  Ada@Customer.example \t", good },
        { "one name of a host", "ada@intranet", good },
        { "not of ASCII", "ada@bücher.example", good },
        { "with a plus", "ada+desk@customer.example", good },
        { "nothing", "", "type" },
        { "only spaces", "   ", "type" },
        { "space within", "ada @customer.example", "spaces" },
        { "a line more", "ada@customer.example\nBcc: x@y.example", "spaces" },
        { "a control character",
          "a\x01"
          "da@customer.example",
          "spaces" },
        { "a space of no width", "ada\xe2\x80\x8b@customer.example", "spaces" },
        { "the other direction", "ada\xe2\x80\xae@customer.example", "spaces" },
        { "not UTF-8", "ada\xff@customer.example", "no mail address" },
        { "no domain", "ada@", "looks like" },
        { "no local part", "@customer.example", "looks like" },
        { "no @", "ada.customer.example", "looks like" },
        { "two @", "ada@x@customer.example", "no mail address" },
        { "dots in a row", "ada@customer..example", "no mail address" },
        { "ends in a hyphen", "ada@customer-.example", "no mail address" },
        { "begins with one", "ada@-customer.example", "no mail address" },
        { "a long label", "ada@" LABEL_OF_64 ".example", "no mail address" },
        { "a number in brackets", "ada@[192.0.2.7]", "no mail address" },
        { "angle brackets", "<ada@customer.example>", "no mail address" },
        { "a scheme", "mailto:ada@customer.example", "no mail address" },
        { "quotes to break out", "\"a\\\" b\"@customer.example", "spaces" },
        { "a script", "x\"><script>alert(1)</script>", "looks like" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *fault = typed_address_fault(cases[i].text);
        bool is_good = cases[i].says == good;
        if (is_good != (fault == NULL) || (fault && !strstr(fault, cases[i].says)))
            fail_msg("%s: %s", cases[i].name, fault ? fault : "it was taken");
    }
}

static void
test_huge(void **state)
{
    g_autofree char *local = g_strnfill(4000, 'a');
    g_autofree char *text = g_strconcat(local, "@customer.example", NULL);
    const char *fault = typed_address_fault(text);
    (void)state;
    assert_non_null(fault);
    assert_non_null(strstr(fault, "too long"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typed_address),
        cmocka_unit_test(test_huge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
