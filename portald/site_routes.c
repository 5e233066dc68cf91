#include "portald/site_routes.h"

#include "portald/account/account.h"
#include "portald/admin/admin.h"
#include "portald/api/openapi.h"
#include "portald/api/reference.h"
#include "portald/auth/auth_routes.h"
#include "portald/auth/link.h"
#include "portald/desk/desk.h"
#include "portald/health/health.h"
#include "portald/live/live.h"
#include "portald/portal/portal.h"

/* One table a line: each feature adds its own. */
/* clang-format off */
static const struct route_table *const tables[] = {
    &account_addresses_routes,
    &account_export_routes,
    &account_close_routes,
    &account_keys_routes,
    &account_notifications_routes,
    &account_password_routes,
    &account_profile_routes,
    &account_second_routes,
    &account_sessions_routes,
    &admin_announcement_routes,
    &admin_announcement_api_routes,
    &admin_audit_routes,
    &admin_brand_routes,
    &admin_choice_routes,
    &admin_overview_routes,
    &admin_people_routes,
    &admin_queue_routes,
    &admin_template_routes,
    &attachment_routes,
    &conversations_routes,
    &customer_texts_routes,
    &auth_api_routes,
    &desk_change_routes,
    &desk_read_routes,
    &health_routes,
    &home_routes,
    &link_routes,
    &live_routes,
    &notifications_routes,
    &openapi_routes,
    &papers_routes,
    &parts_routes,
    &rate_routes,
    &reference_routes,
    &sign_in_routes,
    &tickets_change_routes,
    &tickets_new_routes,
    &tickets_routes,
    &uploads_routes,
};
/* clang-format on */

struct route_table
site_routes(void)
{
    return routes_join(tables, G_N_ELEMENTS(tables));
}
