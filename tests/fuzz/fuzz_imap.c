/* The pure parts of maild/imap: what a server sends, and what the headers of a mail say. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "maild/imap/envelope.h"
#include "maild/imap/guard.h"
#include "maild/imap/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* How the bytes are cut into segments must not change the verdict. */
static void
run_guard(struct slice input)
{
    struct guard whole = { 0 }, cut = { 0 };
    bool cut_good = true;

    guard_allow(&whole, 4096, 1024);
    guard_allow(&cut, 4096, 1024);
    bool whole_good = guard_feed(&whole, input, NULL);
    for (size_t i = 0; cut_good && i < input.n; i++)
        cut_good = guard_feed(&cut, slice_sub(input, i, i + 1), NULL);
    g_assert(whole_good == cut_good);
    g_assert(!whole_good || whole.literal == cut.literal);
}

static void
run_envelope(struct slice input)
{
    g_autoptr(Envelope) envelope = envelope_scan(input, "support@desk.example");
    g_assert(envelope->recipients->len >= 2);
    for (guint i = 0; i + 1 < envelope->recipients->len; i++)
        g_assert(g_utf8_validate(envelope->recipients->pdata[i], -1, NULL));

    struct slice header = envelope_header_block(input);
    g_assert(header.n <= input.n);
    GString *note = envelope_compose_note(header, "a note\n");
    static const char end[] = "\r\n\r\na note\r\n"; /* a header may hold a NUL */
    g_assert(note->len >= sizeof end - 1);
    g_assert(memcmp(note->str + note->len - (sizeof end - 1), end, sizeof end - 1) == 0);
    g_string_free(note, TRUE);
}

static void
run_words(struct slice input)
{
    g_autofree char *text = g_strndup(input.p, input.n);
    g_autofree char *quoted = words_quote(text, NULL);
    g_autofree char *folder = words_encode_folder(text, NULL);

    g_assert(!quoted || !strpbrk(quoted, "\r\n"));
    for (const char *c = folder; c && *c; c++)
        g_assert(*c >= 0x20 && *c <= 0x7e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    g_autofree char *exact = g_memdup2(data + 1, n - 1);
    struct slice input = { exact ? exact : "", n - 1 };
    switch (data[0] % 3) {
    case 0:
        run_guard(input);
        break;
    case 1:
        run_envelope(input);
        break;
    default:
        run_words(input);
    }
    return 0;
}
