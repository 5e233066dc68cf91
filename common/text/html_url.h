/*
 * html_url: which addresses a message may lead to or show.
 *
 * An allow-list of schemes on the address as a browser would read it, so nothing that a
 * browser strips or decodes first can hide another scheme. Relative addresses never pass:
 * they would point into the desk.
 */
#pragma once

#include "common/base/slice.h"

/* A link: http, https, mailto or tel. The address to put into href (not yet escaped for
   HTML), to be freed with g_free; NULL when it may not be followed. */
char *url_link(struct slice url);

/* A picture on another server: http or https. As url_link. */
char *url_remote_image(struct slice url);

/* A picture in the address itself: data:image/png, jpeg, gif or webp in base64. */
char *url_data_image(struct slice url);

/* The content-id of a cid: address, decoded; NULL for other addresses. */
char *url_content_id(struct slice url);
