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
#include <stdint.h>

#include "common/base/slice.h"

enum command_verb {
    COMMAND_NOTE,      /* the text is for colleagues only; words behind it belong to it */
    COMMAND_CLOSE,     /* the ticket is closed */
    COMMAND_RESOLVE,   /* … resolved */
    COMMAND_OPEN,      /* … open again */
    COMMAND_ASSIGN,    /* to an agent, to "me" or to "nobody" */
    COMMAND_PRIORITY,  /* low, normal, high or urgent */
    COMMAND_TAG,       /* words; those with "-" in front are taken off */
    COMMAND_UNTAG,     /* words that are taken off */
    COMMAND_LINK,      /* to another ticket's number */
    COMMAND_MERGE,     /* into it */
    COMMAND_SPLIT,     /* from the message that is answered on; the subject may follow */
    COMMAND_SPLIT_ONE, /* only that message */
    COMMAND_UNKNOWN,
};

struct command {
    enum command_verb verb;
    char *line;  /* as it stood there, clipped */
    char *words; /* what stands behind the command word; "" for #note: see text */
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

/* "12" or "#12": a ticket's number. */
bool command_number(const char *words, int64_t *ret_number);

/* Every command with what it does, one a line, for a transcript. */
const char *commands_help(void);
