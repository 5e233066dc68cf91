/* fuzz_reply: no word is lost or made up, and a mail with words has a reply. The first line
   of the input is the subject; what stands behind a line "==" is known. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mail/forward.h"
#include "common/mail/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* g_error would trap, which libFuzzer doesn't catch. */
#define die(...)                                                                         \
    do {                                                                                 \
        g_printerr(__VA_ARGS__);                                                         \
        abort();                                                                         \
    } while (0)

/* How many letters and digits `text` has: blanks and marks may be moved or dropped. */
static size_t
count(const char *text, size_t n)
{
    size_t words = 0;
    for (size_t i = 0; i < n; i++)
        words += g_ascii_isalnum(text[i]);
    return words;
}

static void
check_split(const struct reply_input *in)
{
    g_auto(ReplySplit) got = reply_split(in);
    size_t all = count(in->text.p, in->text.n),
           reply = count(got.reply, strlen(got.reply));
    g_auto(Forwarded) forwarded = { 0 };
    bool forward = forward_find(in->text, in->subject, &forwarded);
    size_t sum = reply + count(got.quoted, strlen(got.quoted))
                 + count(got.signature, strlen(got.signature));
    if (!memchr(in->text.p, '\0', in->text.n) && (forward ? sum > all : sum != all))
        die("%zu of %zu: \"%s\" \"%s\" \"%s\"", sum, all, got.reply, got.quoted,
            got.signature);
    if (all && !memchr(in->text.p, '\0', in->text.n) && !forward && !*got.reply)
        die("nothing left");
}

static void
check_agent(const struct reply_input *in, struct slice customer)
{
    bool left_out = false;
    struct reply_agent_input agent = { .mail = *in,
                                       .marker = slice_from("answer above this line"),
                                       .customer = &customer,
                                       .n_customer = 1 };
    g_auto(ReplySplit) got = reply_split_agent(&agent, &left_out);
    if (strstr(got.reply, "answer above this line"))
        die("the marker got through: \"%s\"", got.reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char part[] = "\n==\n";
    struct slice text = { (const char *)data, size }, subject = { "", 0 },
                 known = { "", 0 };
    slice_next_line(&text, &subject);
    const char *p = text.n ? memmem(text.p, text.n, part, strlen(part)) : NULL;
    if (p) {
        size_t at = (size_t)(p - text.p);
        known = slice_sub(text, at + strlen(part), text.n);
        text = slice_sub(text, 0, at);
    }
    if (text.n == 0)
        return 0;
    struct reply_input in = {
        .text = text, .subject = subject, .known = &known, .n_known = 1
    };
    check_split(&in);
    check_agent(&in, subject);
    return 0;
}
