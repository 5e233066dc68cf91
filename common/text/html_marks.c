#include "common/text/html_marks.h"

#include <glib.h>
#include <string.h>

#include "common/base/slice.h"

enum where { ID, CLASS, NAME, MARKER };

/* A name that ends in '*' is a prefix. */
static const struct {
    enum where where;
    const char *name;
    struct html_marking marking;
} rows[] = {
    /* Gmail */
    { CLASS, "gmail_quote", { HTML_MARK_QUOTE, false, true } },
    { CLASS, "gmail_quote_container", { HTML_MARK_QUOTE, false, true } },
    { CLASS, "gmail_attr", { HTML_MARK_ATTRIBUTION, false, false } },
    { CLASS, "gmail_signature", { HTML_MARK_SIGNATURE, false, false } },
    /* Outlook on the web, its mobile and new desktop programs, Hotmail */
    { ID, "divRplyFwdMsg", { HTML_MARK_QUOTE, true, false } },
    { ID, "divTaggedContent", { HTML_MARK_QUOTE, true, false } },
    { ID, "appendonsend", { HTML_MARK_QUOTE, true, false } },
    { ID, "stopSpelling", { HTML_MARK_QUOTE, true, false } },
    { ID, "mail-editor-reference-message-container", { HTML_MARK_QUOTE, false, false } },
    { ID, "ms-outlook-mobile-reference-message", { HTML_MARK_QUOTE, false, false } },
    { ID, "ms-outlook-mobile-signature", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "ms-outlook-mobile-signature", { HTML_MARK_SIGNATURE, false, false } },
    { ID, "OLK_SRC_BODY_SECTION", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "OutlookMessageHeader", { HTML_MARK_QUOTE, true, false } },
    { ID, "Signature", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "elementToProof-signature", { HTML_MARK_SIGNATURE, false, false } },
    /* Yahoo, AOL */
    { CLASS, "yahoo_quoted", { HTML_MARK_QUOTE, false, false } },
    { ID, "yahoo_quoted_*", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "yahoo-signature", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "ydp-signature", { HTML_MARK_SIGNATURE, false, false } },
    { ID, "ymail_android_signature", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "aolReplacedBody", { HTML_MARK_QUOTE, false, false } },
    /* Thunderbird, SeaMonkey */
    { CLASS, "moz-cite-prefix", { HTML_MARK_ATTRIBUTION, false, false } },
    { CLASS, "moz-signature", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "moz-forward-container", { HTML_MARK_FORWARD, false, false } },
    { CLASS, "moz-email-headers-table", { HTML_MARK_FORWARD, true, false } },
    /* Apple Mail */
    { ID, "AppleMailSignature", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "AppleMailSignature", { HTML_MARK_SIGNATURE, false, false } },
    /* Proton, Tuta, Zoho, Zimbra, GMX and WEB.DE, QQ, 163, Yandex, Mail.ru */
    { CLASS, "protonmail_quote", { HTML_MARK_QUOTE, false, true } },
    { CLASS, "protonmail_signature_block", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "tutanota_quote", { HTML_MARK_QUOTE, false, true } },
    { CLASS, "zmail_extra", { HTML_MARK_QUOTE, false, false } },
    { ID, "Zm-_Id_-Sgn", { HTML_MARK_SIGNATURE, false, false } },
    { MARKER, "__QUOTED_TEXT__", { HTML_MARK_QUOTE, false, false } },
    { MARKER, "__DIVIDER__", { HTML_MARK_QUOTE, true, false } },
    { MARKER, "__SIG_POST__", { HTML_MARK_SIGNATURE, false, false } },
    { MARKER, "__SIG_PRE__", { HTML_MARK_SIGNATURE, false, false } },
    { ID, "zwchr", { HTML_MARK_QUOTE, true, false } },
    { NAME, "quote", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "qmbox", { HTML_MARK_QUOTE, false, false } },
    { ID, "isReplyContent", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "ntes-mailmaster-quote", { HTML_MARK_QUOTE, false, false } },
    { ID, "ntes-pcmail-signature", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "mail-quote-collapse", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "mailru-blockquote", { HTML_MARK_QUOTE, false, false } },
    /* Spark, Front, HubSpot, Missive, Airmail, Superhuman, Roundcube, Horde, Polymail */
    { NAME, "messageReplySection", { HTML_MARK_QUOTE, false, false } },
    { NAME, "messageSignatureSection", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "front-blockquote", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "front-signature", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "hs_reply", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "missive_quote", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "bloop_original_html", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "bloop_sign", { HTML_MARK_SIGNATURE, false, false } },
    { CLASS, "sh-signature", { HTML_MARK_SIGNATURE, false, false } },
    { ID, "reply-intro", { HTML_MARK_ATTRIBUTION, false, false } },
    { CLASS, "mail_quote", { HTML_MARK_QUOTE, false, false } },
    { CLASS, "quoted-text", { HTML_MARK_QUOTE, false, false } },
};

/* Outlook ("x_", "x_x_") and Hotmail ("ecx") rename what they quote. */
static struct slice
without_prefix(struct slice name)
{
    while (slice_starts_nocase(name, "x_"))
        name = slice_sub(name, 2, name.n);
    return slice_starts_nocase(name, "ecx") ? slice_sub(name, 3, name.n) : name;
}

static bool
matches(struct slice name, const char *want)
{
    size_t n = strlen(want);
    name = without_prefix(name);
    if (want[n - 1] == '*')
        return name.n >= n - 1 && g_ascii_strncasecmp(name.p, want, n - 1) == 0;
    return slice_equal_nocase(name, want);
}

/* Cut the next word off *rest. */
static bool
next_word(struct slice *rest, struct slice *ret_word)
{
    *rest = slice_trim(*rest);
    size_t n = 0;
    while (n < rest->n && !g_ascii_isspace(rest->p[n]))
        n++;
    *ret_word = slice_sub(*rest, 0, n);
    *rest = slice_sub(*rest, n, rest->n);
    return n > 0;
}

static bool
find_name(enum where where, struct slice name, struct html_marking *ret_marking)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].where == where && matches(name, rows[i].name)) {
            *ret_marking = rows[i].marking;
            return true;
        }
    }
    return false;
}

/* Outlook and Windows Mail draw a thin line above the header block of what they quote,
   and give it no name. Their colours and widths differ, the shape doesn't. */
static bool
is_outlook_line(const struct html_naming *naming)
{
    if (!naming->style || strcmp(naming->element, "div") != 0)
        return false;

    g_autofree char *style = g_ascii_strdown(naming->style, -1);
    char *to = style;
    for (const char *from = style; *from; from++)
        if (!g_ascii_isspace(*from))
            *to++ = *from;
    *to = '\0';
    const char *line = strstr(style, "border-top:solid");
    return line && strstr(style, "border:none")
           && (g_str_has_prefix(line, "border-top:solid#e1e1e1")
               || g_str_has_prefix(line, "border-top:solid#b5c4df"))
           && strstr(style, "padding:3.0pt");
}

bool
html_marking_find(const struct html_naming *naming, struct html_marking *ret_marking)
{
    struct slice classes = slice_from(naming->class), class;
    bool blockquote = strcmp(naming->element, "blockquote") == 0;
    if (blockquote && naming->class && strstr(naming->class, "gmail_quote")) {
        *ret_marking = (struct html_marking){ HTML_MARK_BLOCKQUOTE, false, false };
        return true;
    }
    while (next_word(&classes, &class))
        if (find_name(CLASS, class, ret_marking))
            return true;
    if ((naming->id && find_name(ID, slice_from(naming->id), ret_marking))
        || (naming->name && find_name(NAME, slice_from(naming->name), ret_marking))
        || (naming->data_marker
            && find_name(MARKER, slice_from(naming->data_marker), ret_marking)))
        return true;

    if (is_outlook_line(naming)) {
        *ret_marking = (struct html_marking){ HTML_MARK_QUOTE, true, false };
        return true;
    }
    if (blockquote) {
        *ret_marking = (struct html_marking){ HTML_MARK_QUOTE, false, false };
        return true;
    }
    return false;
}
