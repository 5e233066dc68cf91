#include "maild/verbs/arguments.h"

#include <string.h>

static const struct verb_option *
find_option(const struct verb_option *options, const char *name, size_t n)
{
    for (; options->name; options++)
        if (strlen(options->name) == n && strncmp(options->name, name, n) == 0)
            return options;
    return NULL;
}

/* Take the option at argv[*at], and its value behind it. */
static bool
take_option(int argc, char **argv, int *at, const struct verb_option *options)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    const struct verb_option *option =
        find_option(options, name, equals ? (size_t)(equals - name) : strlen(name));

    if (!option || (equals && !option->value))
        return false;
    if (option->given)
        *option->given = true;
    if (!option->value)
        return true;
    if (!equals && ++*at == argc)
        return false;
    *option->value = equals ? equals + 1 : argv[*at];
    return true;
}

bool
verb_arguments(int argc, char **argv, const struct verb_option *options,
               const char **words, size_t n)
{
    size_t found = 0;

    for (int at = 1; at < argc; at++) {
        if (strncmp(argv[at], "--", 2) == 0) {
            if (!take_option(argc, argv, &at, options))
                return false;
        } else if (found == n) {
            return false;
        } else {
            words[found++] = argv[at];
        }
    }
    return found == n;
}
