/* rate: GET of a link of the mail that says that a ticket is solved, /t/{token}/rate/{n}:
   it asks before it counts, because programs that read mail open links too. */
#include "common/base/autoptr.h"
#include "common/base/error.h"
#include "portald/pages/dress.h"
#include "portald/pages/frame.h"
#include "portald/pages/page.h"
#include "portald/portal/tickets.h"

static Reply *
rate_get(const struct request *request, GError **error)
{
    int64_t rating = g_ascii_strtoll(request->params[1], NULL, 10);
    struct ticket_found found;

    if (!frame_check_feature(request, "rating", error))
        return NULL;
    g_autoptr(DbTx) tx = request_begin(request, true, error);

    if (!tx || !ticket_find(request, tx, &found, error))
        return NULL;
    if (rating < 1 || rating > 5 || !found.is_requester) {
        error_set(error, ERR_MISSING, "there is nothing here");
        return NULL;
    }
    g_autofree char *text = ticket_document(request, tx, found.conversation, error);
    if (!text || !db_tx_commit(&tx, error))
        return NULL;
    json_t *ticket = dress_text(request, text, error);
    if (!ticket)
        return NULL;
    g_autofree char *flag = g_strdup_printf("n%" G_GINT64_FORMAT, rating);
    g_autoptr(json_t) document =
        json_pack("{s:o, s:I, s:{s:b}}", "ticket", ticket, "rating", (json_int_t)rating,
                  "rating_is", flag, 1);
    return page_render(request, "rate", document, error);
}

static const struct route routes[] = {
    { HTTP_GET, "/t/{token}/rate/{rating:int}", WHO_LINK, rate_get, 0, NULL },
};
const struct route_table rate_routes = { routes, G_N_ELEMENTS(routes) };
