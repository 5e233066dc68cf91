/*
 * smtp: one relay, over libcurl: one connection, kept from mail to mail.
 *
 * Each mail has one recipient, so each reply is about that one. A relay that closed the
 * kept connection meanwhile costs one more try on a fresh one, not the mail's. Blocking;
 * one thread.
 */
#pragma once

#include "common/base/config.h"
#include "maild/send/result.h"

typedef struct Smtp Smtp;

/* Nothing is connected yet. The relay is borrowed. */
Smtp *smtp_new(const struct config_relay *relay);
void smtp_free(Smtp *smtp);

/* Close the kept connection, politely. */
void smtp_close(Smtp *smtp);

/* Called about every second while a mail is sent; `on_its_way`: the body is being sent, or
   its reply is waited for. False gives the mail up. */
typedef bool (*SmtpTick)(void *data, bool on_its_way);

struct smtp_mail {
    const char *envelope_from; /* "": the null path */
    const char *recipient;     /* both normalised */
    struct slice bytes;
    const char *access_token; /* XOAUTH2; NULL: none */
    int64_t timeout_us;       /* for all of it */
    SmtpTick tick;
    void *tick_data;
};

/* Try it once. *ret is zeroed; TRY_NOT when tick gave it up in time. */
void smtp_send(Smtp *smtp, const struct smtp_mail *mail, struct try_result *ret);
