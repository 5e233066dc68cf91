#include "tests/bench/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    const struct load *load;
    size_t number;
    GThread *thread;
    void *connection;
    gint64 until;
    long turns;
};

void
load_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

const char *
load_argument(char **argv, const char *key, const char *otherwise)
{
    size_t n = strlen(key);
    for (char **argument = argv + 1; *argument; argument++)
        if (strncmp(*argument, key, n) == 0 && (*argument)[n] == '=')
            return *argument + n + 1;
    if (!otherwise)
        load_fail("%s: %s=… is missing", argv[0], key);
    return otherwise;
}

long
load_number(char **argv, const char *key, const char *otherwise)
{
    return strtol(load_argument(argv, key, otherwise), NULL, 10);
}

static void
append_words(GString *mail, size_t size, GRand *rand)
{
    static const char letters[] = "etaoinshrdlucmfwypvbgkjqxz";
    size_t column = 0;
    while (mail->len + 2 < size) {
        if (column >= 70) {
            g_string_append(mail, "\r\n");
            column = 0;
            continue;
        }
        bool space = column > 0 && g_rand_int_range(rand, 0, 6) == 0;
        int letter = g_rand_int_range(rand, 0, 26) * g_rand_int_range(rand, 0, 26) / 26;
        g_string_append_c(mail, space ? ' ' : letters[letter]);
        column++;
    }
    /* A line end that was cut in two would be a bare CR. */
    while (mail->len > 0
           && (mail->str[mail->len - 1] == '\r' || mail->str[mail->len - 1] == '\n'))
        g_string_truncate(mail, mail->len - 1);
    while (mail->len + 2 < size)
        g_string_append_c(mail, 'e');
    g_string_truncate(mail, size - 2);
    g_string_append(mail, "\r\n");
}

char *
load_mail(size_t size, unsigned seed)
{
    GRand *rand = g_rand_new_with_seed(seed);
    GString *mail = g_string_new(NULL);
    g_string_append_printf(mail,
                           "From: Ada <ada@customer.example>\r\n"
                           "To: support@desk.example\r\n"
                           "Subject: load %u\r\n"
                           "Message-ID: <%08x.%08x@customer.example>\r\n"
                           "Date: Sat, 21 Nov 2026 04:00:00 +0000\r\n"
                           "MIME-Version: 1.0\r\n"
                           "Content-Type: text/plain; charset=utf-8\r\n\r\n",
                           seed, seed, g_rand_int(rand));
    append_words(mail, size, rand);
    g_rand_free(rand);
    return g_string_free(mail, FALSE);
}

static void *
work(void *data)
{
    struct worker *worker = data;
    while (g_get_monotonic_time() < worker->until) {
        worker->load->turn(worker->connection);
        worker->turns++;
    }
    return NULL;
}

double
load_run(const struct load *load, long *ret_turns)
{
    g_autofree struct worker *workers = g_new0(struct worker, load->connections);
    for (size_t i = 0; i < load->connections; i++)
        workers[i] = (struct worker){ .load = load,
                                      .number = i,
                                      .connection = load->open(i, load->data) };

    gint64 start = g_get_monotonic_time();
    for (size_t i = 0; i < load->connections; i++) {
        workers[i].until = start + (gint64)(load->seconds * 1e6);
        workers[i].thread = g_thread_new("load", work, &workers[i]);
    }
    *ret_turns = 0;
    for (size_t i = 0; i < load->connections; i++) {
        g_thread_join(workers[i].thread);
        *ret_turns += workers[i].turns;
    }
    double seconds = (double)(g_get_monotonic_time() - start) / 1e6;
    for (size_t i = 0; i < load->connections; i++)
        load->close(workers[i].connection);
    return (double)*ret_turns / seconds;
}
