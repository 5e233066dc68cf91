/*
 * session: from nothing to a selected folder.
 *
 *     connect ─► TLS or greeting and STARTTLS ─► capabilities ─► authenticate
 *             ─► capabilities ─► select
 *
 * Each step is a function, and each failure names the step. What a mailbox's server is
 * told of us before its certificate is verified is nothing.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/config.h"
#include "maild/imap/imap.h"

typedef struct Session {
    Imap *imap;
    struct imap_folder folder;
    char *move_to; /* in modified UTF-7 and quoted; NULL unless mail is moved */
    bool can_idle;
    bool can_move;    /* RFC 6851 */
    bool can_expunge; /* UIDPLUS, RFC 4315: expunge just what we say */
} Session;

struct session_options {
    const struct config_mailbox *mailbox;
    const char *access_token; /* XOAUTH2 */
    int stop_fd;
    void (*alive)(void *data);
    void *alive_data;
};

/* Open one. ERR_DENIED when the server will not have our credentials, ERR_REJECT for a
   configuration that can't work (a password that LOGIN can't carry, …), ERR_RETRY for all
   else. */
Session *session_open(const struct session_options *options, GError **error);
void session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)
