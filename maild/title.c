#include "maild/title.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *area; /* the arguments and the environment, as the kernel laid them out */
static size_t room;

void
title_init(int argc, char **argv)
{
    char *end = argv[0];

    for (int i = 0; i < argc; i++)
        if (argv[i] == end)
            end += strlen(argv[i]) + 1;
    for (char **variable = environ; *variable; variable++)
        if (*variable == end)
            end += strlen(*variable) + 1;

    static char **copy; /* reachable for as long as the process lives */
    copy = g_strdupv(environ);
    environ = copy;
    area = argv[0];
    room = (size_t)(end - argv[0]);
}

void
title_set(const char *name)
{
    if (room < 2)
        return;
    memset(area, 0, room);
    g_snprintf(area, room, "maild: %s", name);
}
