/* home: the page for who opens the desk's address in a browser. */
#include "portald/handlers.h"

static const char page[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>Postern</title>\n"
    "<main>\n"
    "<h1>Postern</h1>\n"
    "<p>This is a help desk that works by mail. Write to the address that you were "
    "given: "
    "the answer comes to your mailbox, and you answer it there.</p>\n"
    "<p>Who works at this desk gets each new ticket by mail, and answers that mail.</p>\n"
    "</main>\n"
    "</html>\n";

Reply *
home_get(const struct request *request, GError **error)
{
    (void)request;
    (void)error;
    return reply_text(200, "text/html; charset=utf-8", page);
}
