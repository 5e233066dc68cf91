#include "maild/ingest/command.h"

#include <string.h>

#include "common/base/limits.h"

#define LINE_KEPT 100 /* of a command line, for the transcript */

/* What may follow the command word. */
enum tail { NOTHING, ANYTHING, SOMETHING, NUMBER };

static const struct {
    const char *word;
    enum command_verb verb;
    enum tail tail;
} words[] = {
    { "note", COMMAND_NOTE, ANYTHING },
    { "close", COMMAND_CLOSE, NOTHING },
    { "resolve", COMMAND_RESOLVE, NOTHING },
    { "resolved", COMMAND_RESOLVE, NOTHING },
    { "open", COMMAND_OPEN, NOTHING },
    { "reopen", COMMAND_OPEN, NOTHING },
    { "assign", COMMAND_ASSIGN, SOMETHING },
    { "owner", COMMAND_ASSIGN, SOMETHING },
    { "priority", COMMAND_PRIORITY, SOMETHING },
    { "tag", COMMAND_TAG, SOMETHING },
    { "untag", COMMAND_UNTAG, SOMETHING },
    { "link", COMMAND_LINK, NUMBER },
    { "merge", COMMAND_MERGE, NUMBER },
    { "split", COMMAND_SPLIT, ANYTHING },
    { "split-one", COMMAND_SPLIT_ONE, ANYTHING },
};

const char *
commands_help(void)
{
    return "#note: the words are for your colleagues only; #close: close the ticket; "
           "#resolve: mark it resolved; #open: open it again; #assign NAME: give it to "
           "an "
           "agent, to \"me\" or to \"nobody\"; #priority low|normal|high|urgent; #tag "
           "WORDS: put tags on it, \"-word\" takes one off; #untag WORDS: take them off; "
           "#link N: it belongs with #N; #merge N: make it part of #N; #split [SUBJECT]: "
           "from the message that you answer on it is a ticket of its own; #split-one: "
           "only that message is";
}

bool
command_number(const char *text, int64_t *ret_number)
{
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned(*text == '#' ? text + 1 : text, 10, 1, INT64_MAX,
                                    &number, NULL))
        return false;
    *ret_number = (int64_t)number;
    return true;
}

static bool
tail_fits(enum tail tail, struct slice rest)
{
    g_autofree char *text = slice_dup(rest);
    int64_t number;
    switch (tail) {
    case NOTHING:
        return rest.n == 0;
    case ANYTHING:
        return true;
    case SOMETHING:
        return rest.n > 0;
    case NUMBER:
        return command_number(text, &number);
    }
    return false;
}

static void
command_clear(void *data)
{
    struct command *command = data;
    g_free(command->line);
    g_free(command->words);
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
        if (slice_equal_nocase(word, words[i].word) && tail_fits(words[i].tail, rest)) {
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
    g_autofree char *tail = slice_dup(verb == COMMAND_UNKNOWN ? slice_from("") : rest);
    struct command command = { verb, g_utf8_make_valid(kept, -1),
                               verb == COMMAND_NOTE ? g_strdup("")
                                                    : g_utf8_make_valid(tail, -1) };
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
