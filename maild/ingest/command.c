#include "maild/ingest/command.h"

#include <string.h>

#include "common/base/limits.h"

#define LINE_KEPT 100 /* of a command line, for the transcript */

static const struct {
    const char *word;
    enum command_verb verb;
    bool takes_words; /* may be followed by more than its word */
} words[] = {
    { "note", COMMAND_NOTE, true },        { "close", COMMAND_CLOSE, false },
    { "resolve", COMMAND_RESOLVE, false }, { "resolved", COMMAND_RESOLVE, false },
    { "open", COMMAND_OPEN, false },       { "reopen", COMMAND_OPEN, false },
};

const char *
commands_help(void)
{
    return "#note: the words are for your colleagues only; #close: close the ticket; "
           "#resolve: mark it resolved; #open: open it again";
}

static void
command_clear(void *data)
{
    struct command *command = data;
    g_free(command->line);
}

void
commands_free(Commands *commands)
{
    if (!commands)
        return;
    g_array_unref(commands->list);
    g_free(commands->text);
    g_free(commands);
}

/* The verb of "#word …"; *ret_rest is what stands behind the word. */
static enum command_verb
read_verb(struct slice line, struct slice *ret_rest)
{
    size_t end = 1;
    while (end < line.n && line.p[end] != ' ' && line.p[end] != '\t'
           && line.p[end] != ':')
        end++;
    struct slice word = slice_sub(line, 1, end);
    size_t skip = end < line.n && line.p[end] == ':' ? end + 1 : end;
    struct slice rest = slice_trim(slice_sub(line, skip, line.n));

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (slice_equal_nocase(word, words[i].word)
            && (words[i].takes_words || rest.n == 0)) {
            *ret_rest = rest;
            return words[i].verb;
        }
    *ret_rest = (struct slice){ NULL, 0 };
    return COMMAND_UNKNOWN;
}

/* One command line; the words behind #note are appended to `note`. */
static void
read_line(Commands *commands, struct slice line, GString *note)
{
    struct slice rest;
    enum command_verb verb =
        commands->list->len < LIMIT_COMMANDS ? read_verb(line, &rest) : COMMAND_UNKNOWN;
    g_autofree char *kept = slice_dup(slice_sub(line, 0, LINE_KEPT));
    struct command command = { verb, g_utf8_make_valid(kept, -1) };
    g_array_append_val(commands->list, command);

    commands->has_unknown |= verb == COMMAND_UNKNOWN;
    if (verb == COMMAND_NOTE) {
        commands->has_note = true;
        if (rest.n) {
            g_string_append_len(note, rest.p, (gssize)rest.n);
            g_string_append_c(note, '\n');
        }
    }
}

Commands *
commands_read(struct slice text)
{
    Commands *commands = g_new0(Commands, 1);
    g_autoptr(GString) words_left = g_string_new(NULL);
    struct slice rest = text, line = { NULL, 0 };

    commands->list = g_array_new(FALSE, TRUE, sizeof(struct command));
    g_array_set_clear_func(commands->list, command_clear);
    for (struct slice before = rest; slice_next_line(&rest, &line); before = rest) {
        struct slice trimmed = slice_trim(line);
        if (trimmed.n == 0)
            continue;
        if (trimmed.p[0] != '#' || commands->list->len >= 2 * LIMIT_COMMANDS) {
            rest = before;
            break;
        }
        read_line(commands, trimmed, words_left);
    }
    struct slice left = slice_trim(rest);
    g_string_append_len(words_left, left.p ? left.p : "", (gssize)left.n);
    commands->text = g_strndup(words_left->str, words_left->len);
    g_strchomp(commands->text);
    return commands;
}
