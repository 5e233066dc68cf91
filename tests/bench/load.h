/*
 * load: what the bench programs share: arguments of the form key=value, the mail that is
 * sent, and threads that do one thing again and again for some seconds.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* The value of key=… among the arguments; `otherwise` when it isn't there. A NULL
   `otherwise` means that it must be: the program ends with a line that says so. */
const char *load_argument(char **argv, const char *key, const char *otherwise);
long load_number(char **argv, const char *key, const char *otherwise);

/* A mail of exactly `size` bytes (300 at least): header and lines of words, CR LF, no line
   that begins with a dot. Another seed gives other words. */
char *load_mail(size_t size, unsigned seed);

struct load {
    size_t connections; /* threads */
    double seconds;
    /* One thread's: connect, whatever is not to be measured. */
    void *(*open)(size_t thread, void *data);
    /* One turn; what is counted. */
    void (*turn)(void *connection);
    void (*close)(void *connection);
    void *data;
};

/* Run it; returns turns a second, over all threads. */
double load_run(const struct load *load, long *ret_turns);

/* End the program with a message. */
void load_fail(const char *format, ...) G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;
