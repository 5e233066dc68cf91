/* home: the page for who opens the desk's address in a browser. */
#include "common/base/autoptr.h"
#include "portald/handlers.h"

Reply *
home_get(const struct request *request, GError **error)
{
    g_autoptr(json_t) document = json_pack("{s:s}", "title", "Postern");
    return pages_render(site_pages(request->site), "home", document, error);
}
