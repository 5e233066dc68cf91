/*
 * notices: what people are told on the portal, beside the mail or in its place.
 *
 *     rules of notify.c ─► who, of what ─► one row each in notifications
 *
 * In the transaction that makes the change, so there is never one without the other. The
 * statement leaves out who does not want it, and customers where it is the desk's own.
 */
#pragma once

#include "common/desk/notify.h"

typedef struct Notices Notices;

Notices *notices_new(void);
void notices_free(Notices *notices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Notices, notices_free)

/* This person is told; `event` is the name of the mail's template. */
void notices_collect(Notices *notices, struct uuid person, const char *event);

/* Write all that were collected, with one statement. */
bool notices_store(Notices *notices, const struct desk_context *desk,
                   const struct notify_about *about, GError **error);
