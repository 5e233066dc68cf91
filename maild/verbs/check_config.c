/* maild check-config [FILE], maild check-config --sample */
#include <stdio.h>
#include <string.h>

#include "maild/verbs/verb.h"

static int
print_sample(void)
{
    g_autofree char *sample = config_sample();
    fputs(sample, stdout);
    return EX_OK;
}

int
verb_check_config(const struct verb_context *context, int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : context->config_path;
    if (argc > 2)
        return verb_misused(argv[0]);
    if (strcmp(path, "--sample") == 0)
        return print_sample();

    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_read(path, &error);
    if (!config) {
        puts(error->message);
        return EX_CONFIG;
    }
    puts("good");
    return EX_OK;
}
