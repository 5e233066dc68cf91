/*
 * bench_parse: one step of reading a mail, again and again: how often a second, and how much
 * memory it took at most.
 *
 *     bench_parse file=mail.eml what=parse seconds=2
 *     bench_parse file=mail.eml what=inspect turns=1
 *
 * copy and scan are the floor: the bytes copied, and their lines found. gmime is GMime's
 * parser with each leaf decoded, which is what mail_parse does too, beside reading text,
 * addresses, bounces and digests.
 */
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mail/inspect.h"
#include "common/mail/mail.h"
#include "common/mail/view.h"
#include "tests/bench/load.h"

static size_t sink; /* what is counted, so that nothing is optimised away */

static void
run_copy(struct slice raw)
{
    g_autofree char *copy = g_memdup2(raw.p, raw.n);
    sink += (unsigned char)copy[raw.n / 2];
}

static void
run_scan(struct slice raw)
{
    const char *p = raw.p, *end = raw.p + raw.n;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        sink++;
        p++;
    }
}

static void
decode_leaf(GMimeObject *parent, GMimeObject *part, gpointer data)
{
    (void)parent;
    (void)data;
    if (!GMIME_IS_PART(part))
        return;
    GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
    GMimeStream *out = g_mime_stream_mem_new();
    if (content)
        sink += (size_t)g_mime_data_wrapper_write_to_stream(content, out);
    g_object_unref(out);
}

static void
run_gmime(struct slice raw)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(raw.p, raw.n);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (message) {
        g_mime_message_foreach(message, decode_leaf, NULL);
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
}

static void
run_parse(struct slice raw)
{
    g_autoptr(Mail) mail = mail_parse(raw, NULL, NULL);
    sink += mail->parts->len;
}

static void
run_inspect(struct slice raw)
{
    char *json = mail_inspect(raw, NULL, NULL);
    if (!json)
        load_fail("no JSON");
    sink += strlen(json);
    free(json);
}

static void
run_view(struct slice raw)
{
    g_auto(MailView) view = { 0 };
    if (!mail_view(raw, NULL, &view, NULL))
        load_fail("no view");
    sink += view.n;
}

static const struct step {
    const char *name;
    void (*run)(struct slice raw);
} steps[] = {
    { "copy", run_copy },   { "scan", run_scan },       { "gmime", run_gmime },
    { "parse", run_parse }, { "inspect", run_inspect }, { "view", run_view },
};

static const struct step *
find_step(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        if (strcmp(steps[i].name, name) == 0)
            return &steps[i];
    load_fail("what=%s is no step", name);
}

/* Of this program alone: getrusage's figure begins with what the shell before it had. */
static long
peak_kb(void)
{
    g_autofree char *status = NULL;
    if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
        return 0;
    const char *line = strstr(status, "VmHWM:");
    return line ? strtol(line + strlen("VmHWM:"), NULL, 10) : 0;
}

int
main(int argc, char **argv)
{
    (void)argc;
    const char *file = load_argument(argv, "file", NULL);
    const struct step *step = find_step(load_argument(argv, "what", "parse"));
    double seconds = g_ascii_strtod(load_argument(argv, "seconds", "2"), NULL);
    long most = load_number(argv, "turns", "0"),
         turns = 0; /* 0: until the time is over */
    g_autofree char *content = NULL;
    gsize n = 0;
    if (!g_file_get_contents(file, &content, &n, NULL) || n == 0)
        load_fail("%s can't be read", file);

    g_mime_init();
    gint64 start = g_get_monotonic_time(), took;
    do {
        step->run((struct slice){ content, n });
        turns++;
        took = MAX(g_get_monotonic_time() - start, 1);
    } while (most ? turns < most : (double)took < seconds * 1e6);

    printf("%s bytes=%zu turns=%ld sink=%zu peak_kb=%ld took=%.6f rate=%.3f\n",
           step->name, n, turns, sink, peak_kb(), (double)took / 1e6,
           (double)turns * 1e6 / (double)took);
    return 0;
}
