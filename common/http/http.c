#include "common/http/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>

#include "common/base/error.h"

typedef char CurlText;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURL, curl_easy_cleanup)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURLU, curl_url_cleanup)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CurlText, curl_free)

struct collector {
    GByteArray *body;
    size_t max_bytes;
    bool overflowed;
};

static gpointer
start_curl(gpointer unused)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        g_error("libcurl did not start");
    return unused;
}

static void
start_curl_once(void)
{
    static GOnce once = G_ONCE_INIT;
    g_once(&once, start_curl, NULL);
}

/* Only what is written as an address: a name, "localhost" too, is someone's answer. */
static bool
is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;

    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    g_autofree char *inner = g_strndup(host + (host[0] == '['), strcspn(host, "]") - 1);
    return host[0] == '[' && inet_pton(AF_INET6, inner, &six) == 1
           && IN6_IS_ADDR_LOOPBACK(&six);
}

bool
http_url_allowed(const char *url)
{
    g_autoptr(CURLU) parsed = curl_url();
    g_autoptr(CurlText) scheme = NULL;
    g_autoptr(CurlText) host = NULL;

    if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK
        || curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK
        || curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK || !*host)
        return false;
    return strcmp(scheme, "https") == 0
           || (strcmp(scheme, "http") == 0 && is_loopback(host));
}

static size_t
collect(char *bytes, size_t size, size_t n, void *data)
{
    struct collector *collector = data;
    n *= size;
    collector->overflowed = n > collector->max_bytes - collector->body->len;
    if (collector->overflowed)
        return 0;
    g_byte_array_append(collector->body, (const guint8 *)bytes, (guint)n);
    return n;
}

static void
set_options(CURL *curl, const struct http_request *request, struct collector *collector)
{
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(request->timeout_us / 1000));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, collector);
    if (request->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
    if (request->form)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->form);
}

HttpAnswer *
http_send(const struct http_request *request, GError **error)
{
    char reason[CURL_ERROR_SIZE] = "";

    start_curl_once();
    if (!http_url_allowed(request->url)) {
        error_set(error, ERR_REJECT, "%s: not an https:// address", request->url);
        return NULL;
    }

    g_autoptr(GByteArray) body = g_byte_array_new();
    g_autoptr(CURL) curl = curl_easy_init();
    struct collector collector = { body, request->max_bytes, false };
    set_options(curl, request, &collector);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);

    CURLcode code = curl_easy_perform(curl);
    if (collector.overflowed || code != CURLE_OK) {
        error_set(error, ERR_RETRY, "%s: %s", request->url,
                  collector.overflowed ? "the answer is too long"
                  : *reason            ? reason
                                       : curl_easy_strerror(code));
        return NULL;
    }
    HttpAnswer *answer = g_new0(HttpAnswer, 1);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    answer->body = g_steal_pointer(&body);
    return answer;
}

void
http_answer_free(HttpAnswer *answer)
{
    if (!answer)
        return;
    g_byte_array_unref(answer->body);
    g_free(answer);
}

char *
http_format_form(const struct http_field *fields)
{
    GString *form = g_string_new(NULL);
    for (; fields->name; fields++) {
        if (!fields->value)
            continue;
        g_autofree char *name = g_uri_escape_string(fields->name, NULL, false);
        g_autofree char *value = g_uri_escape_string(fields->value, NULL, false);
        g_string_append_printf(form, "%s%s=%s", form->len ? "&" : "", name, value);
    }
    return g_string_free(form, FALSE);
}
