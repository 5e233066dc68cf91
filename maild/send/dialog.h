/*
 * dialog: what was said between us and a relay over one mail, and what it amounts to.
 *
 *     lines we sent ──► dialog_sent ────┐
 *                                       ├──► dialog_outcome
 *     lines it sent ──► dialog_received ┘
 *
 * libcurl speaks SMTP; its result codes do not tell a recipient that is refused from a
 * relay that is broken, so the two streams of lines are read beside it. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

/* How far the mail has come: the command that was sent last. */
enum dialog_stage {
    DIALOG_CONNECT, /* greeting, EHLO, STARTTLS, AUTH: nothing of this mail yet */
    DIALOG_MAIL,
    DIALOG_RCPT,
    DIALOG_DATA,
    DIALOG_BODY, /* 354 came: the mail is on its way */
};

enum dialog_outcome {
    DIALOG_TAKEN,   /* the relay has taken charge of it */
    DIALOG_REFUSED, /* this mail, for ever */
    DIALOG_LATER,   /* this mail, for now */
    DIALOG_BROKEN,  /* the relay, or the way to it, does not work: no fault of the mail */
    DIALOG_UNKNOWN, /* the line was cut after the dot: it may have been taken */
};

typedef struct Dialog {
    enum dialog_stage stage;
    GString *pending;  /* the lines so far of a reply that is not complete */
    size_t replies;    /* complete ones */
    bool taken;        /* 2xx after the body */
    bool closed;       /* 421 */
    bool answered;     /* any reply after the body */
    int code;          /* of the reply that decides: the last one that was no success, or
                            the one after the body; 0: none */
    char enhanced[16]; /* its enhanced status (RFC 3463), "" when there is none */
    char *text;        /* all of it, one line, valid UTF-8; NULL: none */
    char *queue_id;    /* the name that the relay gave the mail; NULL: none */
} Dialog;

Dialog *dialog_new(void);
void dialog_free(Dialog *dialog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dialog, dialog_free)

/* A command that was sent, with or without its CR LF. */
void dialog_sent(Dialog *dialog, struct slice line);

/* One line of a reply, with or without its CR LF; junk is ignored. */
void dialog_received(Dialog *dialog, struct slice line);

/* The connection's work is over. */
enum dialog_outcome dialog_outcome(const Dialog *dialog);

/* The queue id in the text of a 250 ("2.0.0 Ok: queued as 4Bx"), NULL when none is said.
   Owned by the caller. */
char *dialog_queue_id(const char *text);
