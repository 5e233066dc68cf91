/*
 * transport: the ways out of one process, one for each relay of the configuration, made
 * when first needed and kept.
 */
#pragma once

#include "common/base/config.h"
#include "maild/send/result.h"
#include "maild/send/smtp.h"

typedef struct Transports Transports;

/* `config` is borrowed. */
Transports *transports_new(const Config *config, Db *db);
void transports_free(Transports *transports);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transports, transports_free)

struct transport_mail {
    struct uuid id;
    const char *tenant; /* its name: which relay */
    const char *envelope_from;
    const char *recipient;
    struct slice bytes;
    int64_t timeout_us;
    SmtpTick tick; /* as smtp.h has it */
    void *tick_data;
};

/* Try the mail once, over its tenant's relay. *ret is zeroed. A relay that was found
   broken is left alone for a while: what is meant for it comes back as TRY_LATER. */
void transport_send(Transports *transports, const struct transport_mail *mail,
                    struct try_result *ret);

/* There is nothing to do for now: connections that have been idle are closed. */
void transports_rest(Transports *transports);
