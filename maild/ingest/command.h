/*
 * command: the lines at the very top of an agent's mail that begin with "#".
 *
 * Pure: text in, commands and the remaining text out. The lines end at the first that does
 * not begin with "#"; blank lines above and between them are skipped. A line that is not a
 * command word behind its "#" ("#1 is still broken") is an unknown command, too: nothing
 * that an agent may have meant as one is sent to a customer.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/base/slice.h"

enum command_verb {
    COMMAND_NOTE,    /* the text is for colleagues only; words behind it belong to it */
    COMMAND_CLOSE,   /* the ticket is closed */
    COMMAND_RESOLVE, /* … resolved */
    COMMAND_OPEN,    /* … open again */
    COMMAND_UNKNOWN,
};

struct command {
    enum command_verb verb;
    char *line; /* as it stood there, clipped */
};

typedef struct Commands {
    GArray *list; /* of struct command */
    char *text;   /* what is left: the words of the answer or note */
    bool has_note;
    bool has_unknown; /* then none of them is obeyed */
} Commands;

/* Always succeeds; at most LIMIT_COMMANDS lines are read as commands, more are unknown. */
Commands *commands_read(struct slice text);
void commands_free(Commands *commands);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Commands, commands_free)

/* Every command with what it does, one a line, for a transcript. */
const char *commands_help(void);
