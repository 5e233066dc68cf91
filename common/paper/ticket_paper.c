#include "common/paper/ticket_paper.h"

#include "common/paper/pdf.h"

/* Points that stay together: who wrote, and the first lines of what. */
enum { MESSAGE_HEAD = 64 };

static void
write_facts(Pdf *pdf, const struct paper_ticket *ticket)
{
    for (size_t i = 0; i < ticket->n_facts; i++) {
        const struct paper_fact *fact = &ticket->facts[i];
        if (fact->value && *fact->value)
            pdf_fact(pdf, fact->label, fact->value);
    }
}

static void
write_top(Pdf *pdf, const struct paper_ticket *ticket)
{
    pdf_ends(pdf, PDF_NAME, ticket->desk, PDF_SMALL, ticket->number);
    pdf_space(pdf, 6);
    pdf_text(pdf, PDF_TITLE, slice_from(ticket->subject));
    pdf_space(pdf, 8);
    pdf_rule(pdf);
    pdf_space(pdf, 6);
    write_facts(pdf, ticket);
    pdf_space(pdf, 6);
}

static bool
is_quoted(struct slice line)
{
    return line.n > 0 && line.p[0] == '>';
}

/* Lines that are quoted and lines that are not, in turn. */
static void
write_words(Pdf *pdf, struct slice text)
{
    while (text.n && !pdf_is_full(pdf)) {
        struct slice rest = text, line;
        bool quoted = is_quoted(text);
        size_t n = 0;
        while (slice_next_line(&rest, &line) && is_quoted(line) == quoted)
            n = text.n - rest.n;
        pdf_text(pdf, quoted ? PDF_QUOTE : PDF_BODY, slice_sub(text, 0, n));
        text = slice_sub(text, n, text.n);
    }
}

static void
write_files(Pdf *pdf, const char *label, const struct paper_message *message)
{
    if (message->n_files == 0)
        return;
    pdf_space(pdf, 4);
    pdf_text(pdf, PDF_SMALL, slice_from(label));
    for (size_t i = 0; i < message->n_files; i++)
        pdf_ends(pdf, PDF_SMALL, message->files[i].name, PDF_SMALL,
                 message->files[i].size);
}

static void
write_message(Pdf *pdf, const char *label, const struct paper_message *message)
{
    g_autofree char *mark = g_strdup_printf("%s, %s", message->author, message->at);
    /* First-strong isolates: a name in another script turns nothing around it. */
    g_autofree char *who =
        message->role && *message->role
            ? g_strdup_printf("\u2068%s\u2069 · %s", message->author, message->role)
            : g_strdup(message->author);
    pdf_space(pdf, 8);
    pdf_keep(pdf, MESSAGE_HEAD);
    pdf_mark(pdf, mark);
    pdf_rule(pdf);
    pdf_space(pdf, 5);
    pdf_ends(pdf, PDF_NAME, who, PDF_SMALL, message->at);
    pdf_space(pdf, 2);
    write_words(pdf, message->text);
    write_files(pdf, label, message);
}

static void
write_ticket(Pdf *pdf, const struct paper_ticket *ticket)
{
    write_top(pdf, ticket);
    for (size_t i = 0; i < ticket->n_messages && !pdf_is_full(pdf); i++)
        write_message(pdf, ticket->attachments, &ticket->messages[i]);
    if (pdf_is_full(pdf))
        pdf_set_foot(pdf, ticket->cut);
}

GBytes *
ticket_paper(const struct paper_ticket *ticket, GError **error)
{
    g_autofree char *head = g_strdup_printf("%s %s", ticket->number, ticket->subject);
    struct pdf_options options = {
        .locale = ticket->locale,
        .letter = ticket->letter,
        .title = head,
        .author = ticket->desk,
        .head = head,
        .foot = ticket->printed,
    };
    g_autoptr(Pdf) counted = pdf_new(&options);
    write_ticket(counted, ticket);

    options.pages = pdf_pages(counted);
    g_autoptr(Pdf) pdf = pdf_new(&options);
    write_ticket(pdf, ticket);
    return pdf_finish(pdf, error);
}
