#include "tests/unit/test.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/paper/pdf.h"
#include "common/paper/ticket_paper.h"

/* Cairo 1.16 loses an array of one file's link areas in some of the hostile ones. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
    return "leak:libcairo.so";
}

static const struct paper_fact facts[] = {
    { "Status", "Open" },
    { "Priority", "High" },
    { "Category", "Billing" },
    { "Requester", "Ada Lovelace <ada@customer.example>" },
    { "Created", "3 May 2026, 14:05" },
};

static const struct paper_file files[] = {
    { "photo of the printer.jpg", "1.2 MB" },
    { "invoice\xE2\x80\xAEgpj.exe", "12 kB" },
};

#define TICKET                                                                           \
    {                                                                                    \
        .locale = "en", .desk = "Example Ltd. Support", .number = "#42",                 \
        .subject = "The printer burns", .printed = "Printed on 4 May 2026",              \
        .cut = "Not all is printed here.", .attachments = "Attachments", .facts = facts, \
        .n_facts = G_N_ELEMENTS(facts)                                                   \
    }

/* Make the PDF and leave it in a file, whose name is returned: where POSTERN_PAPERS names a
   folder it stays there to be looked at. */
static char *
make(const char *name, const struct paper_ticket *ticket)
{
    g_autoptr(GError) error = NULL;
    int64_t begin = g_get_monotonic_time();
    g_autoptr(GBytes) bytes = ticket_paper(ticket, &error);
    if (!bytes)
        fail_msg("%s: %s", name, error->message);
    gsize n;
    const char *data = g_bytes_get_data(bytes, &n);
    print_message("# %s: %zu bytes, %.3f s\n", name, n,
                  (double)(g_get_monotonic_time() - begin) / 1e6);
    const char *folder = g_getenv("POSTERN_PAPERS");
    char *path = g_strdup_printf("%s/%s.pdf", folder ? folder : ".", name);
    assert_true(g_file_set_contents(path, data, (gssize)n, NULL));
    return path;
}

static char *
run(const char *const *argv)
{
    g_autofree char *out = NULL, *complaints = NULL;
    int status = 0;
    g_autoptr(GError) error = NULL;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out,
                      &complaints, &status, &error))
        fail_msg("%s: %s", argv[0], error->message);
    if (status != 0 || *complaints)
        fail_msg("%s: status %d, %s", argv[0], status, complaints);
    return g_steal_pointer(&out);
}

static char *
text_of(const char *path)
{
    return run((const char *const[]){ "pdftotext", "-layout", path, "-", NULL });
}

static char *
info_of(const char *path)
{
    return run((const char *const[]){ "pdfinfo", path, NULL });
}

static void
check_holds(const char *what, const char *text, const char *word)
{
    if (!strstr(text, word))
        fail_msg("no \"%s\" in the %s:\n%.3000s", word, what, text);
}

static unsigned
pages_of(const char *info)
{
    const char *pages = strstr(info, "Pages:");
    return pages ? (unsigned)atoi(pages + 6) : 0;
}

static void
finish(const char *path)
{
    if (!g_getenv("POSTERN_PAPERS"))
        g_unlink(path);
}

static void
test_words(void **state)
{
    const struct paper_message messages[] = {
        { .author = "Ada Lovelace",
          .role = "Customer",
          .at = "3 May 2026, 14:05",
          .text = slice_from(
              "Hello,\r\n\r\nit burns since https://status.example/x?a=(1)&b=ü, "
              "see www.photos.example.\r\nMail me: ada@customer.example\r\n"),
          .files = files,
          .n_files = 2 },
        { .author = "Bob (Support)",
          .role = "Agent",
          .at = "3 May 2026, 15:00",
          .text = slice_from("Pull the plug.\n\n> it burns\n> since yesterday\n\nBob") },
    };
    struct paper_ticket ticket = TICKET;
    ticket.messages = messages;
    ticket.n_messages = G_N_ELEMENTS(messages);
    (void)state;
    g_autofree char *path = make("words", &ticket);
    g_autofree char *text = text_of(path), *info = info_of(path);
    static const char *const words[] = {
        "The printer burns",
        "#42",
        "Example Ltd. Support",
        "Billing",
        "Open",
        "Ada Lovelace · Customer",
        "Hello,",
        "Pull the plug.",
        "> since yesterday",
        "photo of the printer.jpg",
        "invoicegpj.exe",
        "Attachments",
        "Printed on 4 May 2026",
        "1/1",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        check_holds("text", text, words[i]);
    check_holds("facts", info, "Title:           #42 The printer burns");
    check_holds("facts", info, "Author:          Example Ltd. Support");
    check_holds("facts", info, "A4");
    assert_int_equal(pages_of(info), 1);
    g_autofree char *links = run((const char *const[]){ "pdfinfo", "-url", path, NULL });
    check_holds("links", links, "https://status.example/x?a=%281%29&b=%C3%BC");
    check_holds("links", links, "https://www.photos.example\n");
    check_holds("links", links, "mailto:ada@customer.example\n");
    finish(path);
}

/* The catalog's last word is the language's; xref and update are well-formed. */
static void
test_language(void **state)
{
    struct paper_ticket ticket = TICKET;
    (void)state;
    ticket.locale = "pt-BR";
    ticket.letter = true;
    g_autofree char *path = make("language", &ticket);
    g_autofree char *info = info_of(path), *data = NULL;
    gsize n = 0;
    check_holds("facts", info, "letter");
    assert_true(g_file_get_contents(path, &data, &n, NULL));
    assert_non_null(memmem(data, n, "/Lang (pt-BR)", 13));
    /* The file as it was before the update still says the same, so the update is one. */
    g_autofree char *text = text_of(path);
    check_holds("text", text, "The printer burns");
    finish(path);
}

static void
test_scripts(void **state)
{
    static const char arabic[] =
        "مرحبا، الطابعة تحترق منذ يوم 3 مايو.\nرقم الفاتورة INV-2026-17 "
        "موجود في https://a.example/x.";
    static const char japanese[] =
        "こんにちは。プリンターが燃えています。至急ご連絡ください。";
    static const char others[] =
        "Шановні, принтер горить. Γειά σας. שלום עולם. हिन्दी में संदेश। "
        "ภาษาไทย";
    const struct paper_message messages[] = {
        { .author = "ليلى", .role = "عميل", .at = "٣ مايو", .text = slice_from(arabic) },
        { .author = "田中",
          .role = "Customer",
          .at = "3 May",
          .text = slice_from(japanese) },
        { .author = "Олена",
          .role = "Customer",
          .at = "3 May",
          .text = slice_from(others) },
    };
    static const struct paper_fact arabic_facts[] = { { "الحالة", "مفتوحة" },
                                                      { "الأولوية", "High" } };
    struct paper_ticket ticket = TICKET;
    (void)state;
    ticket.locale = "ar";
    ticket.desk = "مكتب المساعدة";
    ticket.subject = "الطابعة تحترق";
    ticket.facts = arabic_facts;
    ticket.n_facts = 2;
    ticket.messages = messages;
    ticket.n_messages = G_N_ELEMENTS(messages);
    g_autofree char *path = make("scripts", &ticket);
    g_autofree char *text = text_of(path);
    check_holds("text", text, "プリンターが燃えています");
    check_holds("text", text, "принтер горить");
    check_holds("text", text, "INV-2026-17");
    check_holds("text", text, "ภาษาไทย");
    g_autofree char *fonts = run((const char *const[]){ "pdffonts", path, NULL });
    check_holds("fonts", fonts, "NotoSansArabic");
    check_holds("fonts", fonts, "CJK");
    finish(path);
}

static void
test_many(void **state)
{
    enum { MANY = 3000 };
    g_autofree struct paper_message *messages = g_new0(struct paper_message, MANY);
    struct paper_ticket ticket = TICKET;
    (void)state;
    for (size_t i = 0; i < MANY; i++)
        messages[i] =
            (struct paper_message){ .author = "Ada",
                                    .role = "Customer",
                                    .at = "today",
                                    .text = slice_from("One more line.\nAnd two.") };
    ticket.messages = messages;
    ticket.n_messages = MANY;
    g_autofree char *path = make("many", &ticket);
    g_autofree char *info = info_of(path), *text = text_of(path);
    unsigned pages = pages_of(info);
    assert_in_range(pages, 150, LIMIT_PAPER_PAGES);
    g_autofree char *last = g_strdup_printf("%u/%u", pages, pages);
    check_holds("text", text, last);
    check_holds("text", text, "#42 The printer burns");
    assert_null(strstr(text, "Not all is printed here."));
    finish(path);
}

/* What is made to hurt: the file is whole, and ends where it must. */
static void
test_hostile(void **state)
{
    static const struct {
        const char *name, *piece;
        size_t bytes;
        bool cut;
    } cases[] = {
        { "one-long-line", "x", 1 << 18, false },
        { "one-long-line-with-blanks", "many words ", 1 << 20, false },
        { "empty-lines", "\n", 1 << 20, true },
        { "accents", "a\u0301\u0302", 1 << 18, false },
        { "arabic-line", "ا ل", 1 << 18, false },
        { "turning", "a\u2067ב\u2066", 1 << 16, false },
        { "links", "https://a.example/x ", 1 << 18, false },
        { "control-characters", "\001\033", 1 << 16, false },
        { "quotes", "> a\nb\n", 1 << 16, false },
        { "families", "👩‍👩‍👧‍👦", 1 << 14, false },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        while (text->len < cases[i].bytes)
            g_string_append(text, cases[i].piece);
        const struct paper_message messages[] = {
            { .author = text->str,
              .role = text->str,
              .at = text->str,
              .text = { text->str, text->len } },
            { .author = "Last", .role = NULL, .at = "", .text = slice_from("the end") },
        };
        struct paper_ticket ticket = TICKET;
        ticket.messages = messages;
        ticket.n_messages = G_N_ELEMENTS(messages);
        g_autofree char *path = make(cases[i].name, &ticket);
        g_autofree char *info = info_of(path), *words = text_of(path);
        if (cases[i].cut) {
            assert_int_equal(pages_of(info), LIMIT_PAPER_PAGES);
            check_holds("text", words, "Not all is printed here.");
        } else {
            check_holds("text", words, "the end");
        }
        finish(path);
    }
}

static int
free_fonts(void **state)
{
    (void)state;
    pdf_free_fonts();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),   cmocka_unit_test(test_language),
        cmocka_unit_test(test_scripts), cmocka_unit_test(test_many),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, free_fonts);
}
