/* arguments: the options and words behind a verb. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* An option of a verb: --name VALUE or --name=VALUE where `value` is set, else a bare
   --name. */
struct verb_option {
    const char *name; /* without the dashes; NULL ends a list */
    const char **value;
    bool *given;
};

/* Take the options out of argv[1…] and put the other arguments into words[0…n-1]. False
   when an option is not known, has no value, or there are not exactly n words. */
bool verb_arguments(int argc, char **argv, const struct verb_option *options,
                    const char **words, size_t n);
