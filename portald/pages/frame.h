/*
 * frame: what every page of a tenant's portal has beside its own: title and colours,
 * announcements, and which features are switched on.
 */
#pragma once

#include <jansson.h>

#include "portald/http/request.h"

/* The features that an admin can switch off, NULL-terminated; all are on unless the tenant
   says otherwise. */
extern const char *const frame_features[];

/* {"title", "accent", "welcome", "features": {name: true}, "logo": version or null,
   "announcements": […], "unread": count}, owned by the caller. What can't be read now is as it is by
   default: a page is not refused for its looks. */
json_t *frame_read(const struct request *request);

/* False, ERR_MISSING, where the tenant has switched this feature off. It reads for itself,
   as frame_read does: ask before a transaction is begun. */
bool frame_check_feature(const struct request *request, const char *feature,
                         GError **error);

/* How many notifications the viewer has not read, as the badge at the bell shows it: "" for
   none, "99+" for more; owned by the caller. */
char *frame_unread(const json_t *frame);

/* `brand` and the announcements as the pages' documents have them, from a frame. */
json_t *frame_brand(const json_t *frame);

/* The style sheet of a brand's colour; owned by the caller; "" for none. */
char *frame_css(const json_t *frame);
