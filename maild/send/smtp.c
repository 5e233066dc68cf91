#include "maild/send/smtp.h"

#include <curl/curl.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "maild/send/dialog.h"

typedef struct curl_slist CurlList;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CurlList, curl_slist_free_all)

struct Smtp {
    const struct config_relay *relay;
    char *name; /* host:port, for results */
    char *url;
    CURL *easy; /* NULL: not yet, or closed */
    char problem[CURL_ERROR_SIZE];
};

/* One attempt at one mail. */
struct attempt {
    const struct smtp_mail *mail;
    Dialog *dialog;
    struct slice rest; /* of the bytes, not yet read by curl */
    bool given_up;
};

/* --- what curl calls -------------------------------------------------------------- */

/* Between two mails there is no attempt, but curl may still say good-bye to a relay. */

static size_t
on_read(char *buffer, size_t size, size_t n, void *data)
{
    struct attempt *attempt = data;
    size_t take = MIN(size * n, attempt->rest.n);
    memcpy(buffer, attempt->rest.p, take);
    attempt->rest = slice_sub(attempt->rest, take, attempt->rest.n);
    return take;
}

static size_t
on_reply(char *line, size_t size, size_t n, void *data)
{
    struct attempt *attempt = data;
    if (attempt)
        dialog_received(attempt->dialog, (struct slice){ line, size * n });
    return size * n;
}

static int
on_debug(CURL *easy, curl_infotype type, char *text, size_t n, void *data)
{
    struct attempt *attempt = data;
    (void)easy;
    if (attempt && type == CURLINFO_HEADER_OUT)
        dialog_sent(attempt->dialog, (struct slice){ text, n });
    return 0;
}

static int
on_progress(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct attempt *attempt = data;
    (void)a, (void)b, (void)c, (void)d;
    if (!attempt)
        return 0;
    attempt->given_up = !attempt->mail->tick(attempt->mail->tick_data,
                                             attempt->dialog->stage == DIALOG_BODY);
    return attempt->given_up;
}

/* --- set-up ----------------------------------------------------------------------- */

Smtp *
smtp_new(const struct config_relay *relay)
{
    Smtp *smtp = g_new0(Smtp, 1);
    bool is_ipv6 = strchr(relay->host, ':') != NULL;
    g_autofree char *helo =
        g_uri_escape_string(relay->helo ? relay->helo : g_get_host_name(), "[]:", FALSE);

    smtp->relay = relay;
    smtp->name = g_strdup_printf("%s:%d", relay->host, relay->port);
    smtp->url = g_strdup_printf(
        "%s://%s%s%s:%d/%s", relay->tls == TLS_IMPLICIT ? "smtps" : "smtp",
        is_ipv6 ? "[" : "", relay->host, is_ipv6 ? "]" : "", relay->port, helo);
    return smtp;
}

void
smtp_close(Smtp *smtp)
{
    g_clear_pointer(&smtp->easy, curl_easy_cleanup);
}

void
smtp_free(Smtp *smtp)
{
    if (!smtp)
        return;
    smtp_close(smtp);
    g_free(smtp->name);
    g_free(smtp->url);
    g_free(smtp);
}

static void
set_tls(CURL *easy, const struct config_relay *relay)
{
    static const long use[] = {
        [TLS_NONE] = CURLUSESSL_NONE,
        [TLS_OPPORTUNISTIC] = CURLUSESSL_TRY,
        [TLS_REQUIRED] = CURLUSESSL_ALL,
        [TLS_IMPLICIT] = CURLUSESSL_ALL,
    };
    bool verify = relay->tls == TLS_REQUIRED || relay->tls == TLS_IMPLICIT;
    curl_easy_setopt(easy, CURLOPT_USE_SSL, use[relay->tls]);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (relay->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, relay->ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
}

static void
set_auth(CURL *easy, const struct config_auth *auth)
{
    static const char *const options[] = { [AUTH_PLAIN] = "AUTH=PLAIN",
                                           [AUTH_LOGIN] = "AUTH=LOGIN",
                                           [AUTH_XOAUTH2] = "AUTH=XOAUTH2" };
    if (auth->method == AUTH_NONE)
        return;
    curl_easy_setopt(easy, CURLOPT_USERNAME, auth->user);
    curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, options[auth->method]);
    curl_easy_setopt(easy, CURLOPT_SASL_IR, 1L);
    if (auth->method != AUTH_XOAUTH2)
        curl_easy_setopt(easy, CURLOPT_PASSWORD, auth->password);
}

static bool
open_handle(Smtp *smtp)
{
    CURL *easy = smtp->easy = curl_easy_init();
    if (!easy)
        return false;
    curl_easy_setopt(easy, CURLOPT_URL, smtp->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)LIMIT_SMTP_CONNECT_SECONDS);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L); /* for on_debug, which prints nothing */
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, smtp->problem);
    set_tls(easy, smtp->relay);
    set_auth(easy, &smtp->relay->auth);
    return true;
}

/* --- one mail --------------------------------------------------------------------- */

static void
set_attempt(CURL *easy, struct attempt *attempt)
{
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, attempt);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, attempt);
    curl_easy_setopt(easy, CURLOPT_READDATA, attempt);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, attempt);
}

static CURLcode
perform(Smtp *smtp, struct attempt *attempt, int64_t timeout_us)
{
    const struct smtp_mail *mail = attempt->mail;
    g_autoptr(CurlList) to = curl_slist_append(NULL, mail->recipient);
    CURL *easy = smtp->easy;

    smtp->problem[0] = '\0';
    set_attempt(easy, attempt);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail->envelope_from);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->bytes.n);
    curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, mail->access_token);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(timeout_us / 1000));
    /* The reply to the dot may take minutes (RFC 5321 §4.5.3.2.6); curl waits two. */
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                     (long)(timeout_us / CLOCK_SECOND) + 1);
    CURLcode code = curl_easy_perform(easy);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, NULL);
    set_attempt(easy, NULL);
    return code;
}

/* A kept connection that the relay had given up before this mail. */
static bool
was_stale(const Smtp *smtp, const struct attempt *attempt)
{
    long connects = 1;
    curl_easy_getinfo(smtp->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && !attempt->given_up && attempt->dialog->stage <= DIALOG_MAIL
           && (attempt->dialog->replies == 0 || attempt->dialog->closed);
}

static enum try_outcome
try_outcome(const struct attempt *attempt, enum dialog_outcome outcome)
{
    if (outcome == DIALOG_TAKEN)
        return TRY_SENT;
    if (attempt->given_up && outcome == DIALOG_BROKEN)
        return TRY_NOT;
    return outcome == DIALOG_REFUSED ? TRY_REFUSED : TRY_LATER;
}

/* The relay's own words where it said no, else curl's. */
static char *
describe(const Smtp *smtp, const Dialog *dialog, CURLcode code,
         enum dialog_outcome outcome)
{
    g_autofree char *problem = g_utf8_make_valid(
        smtp->problem[0] ? smtp->problem : curl_easy_strerror(code), -1);
    if (outcome == DIALOG_UNKNOWN)
        return g_strdup_printf("no reply after the dot, it may have been taken (%s)",
                               problem);
    if (dialog->text && dialog->code)
        return g_strdup_printf("%d %s", dialog->code, dialog->text);
    return g_steal_pointer(&problem);
}

static void
fill_result(const Smtp *smtp, const struct attempt *attempt, CURLcode code,
            struct try_result *ret)
{
    const Dialog *dialog = attempt->dialog;
    enum dialog_outcome outcome = dialog_outcome(dialog);

    ret->outcome = try_outcome(attempt, outcome);
    ret->is_broken = outcome == DIALOG_BROKEN;
    ret->code = outcome == DIALOG_UNKNOWN ? 0 : dialog->code;
    ret->enhanced = *dialog->enhanced && ret->code ? g_strdup(dialog->enhanced) : NULL;
    ret->queue_id = g_strdup(dialog->queue_id);
    ret->reply = describe(smtp, dialog, code, outcome);
}

void
smtp_send(Smtp *smtp, const struct smtp_mail *mail, struct try_result *ret)
{
    int64_t end_us = clock_ticks_us() + mail->timeout_us;

    ret->relay = g_strdup(smtp->name);
    ret->outcome = TRY_LATER;
    if (!smtp->easy && !open_handle(smtp)) {
        ret->reply = g_strdup("out of memory");
        return;
    }
    for (int n = 0;; n++) {
        g_autoptr(Dialog) dialog = dialog_new();
        struct attempt attempt = { .mail = mail, .dialog = dialog, .rest = mail->bytes };
        int64_t left_us = MAX(end_us - clock_ticks_us(), CLOCK_SECOND / 10);
        CURLcode code = perform(smtp, &attempt, left_us);
        if (n > 0 || !was_stale(smtp, &attempt)) {
            fill_result(smtp, &attempt, code, ret);
            return;
        }
    }
}
