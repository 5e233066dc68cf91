/*
 * assets: styles, scripts and pictures of the site, which are part of the program.
 *
 *     /static/<version>/postern.css
 *
 * The version is a digest over all of them, so a browser may keep each for ever, and the
 * modules of one page are of one release.
 */
#pragma once

#include "portald/http/reply.h"
#include "portald/http/request.h"

typedef struct Assets Assets;

/* Digest and compress all; done once. */
Assets *assets_load(void);
void assets_free(Assets *assets);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Assets, assets_free)

/* "/static/3f2a…", what the paths of all begin with. */
const char *assets_path(const Assets *assets);

/* The answer with one of them; NULL when there is none of that name. `for_ever`: under the
   version's own path; else the browser asks again each time. */
Reply *assets_reply(const Assets *assets, const struct request *request, const char *name,
                    bool for_ever);
