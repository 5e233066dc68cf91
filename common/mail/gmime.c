#include "common/mail/gmime.h"

GMimeParserOptions *
gmime_options(void)
{
    static gsize once;
    static GMimeParserOptions *options;

    if (g_once_init_enter(&once)) {
        static const char *charsets[] = { "utf-8", "windows-1252", NULL };
        g_mime_init();
        options = g_mime_parser_options_new();
        g_mime_parser_options_set_fallback_charsets(options, charsets);
        g_once_init_leave(&once, 1);
    }
    return options;
}
