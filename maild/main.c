/* main: `maild [-c FILE] VERB …`; the verbs are in verbs/, the daemon is `maild run`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/log.h"
#include "maild/title.h"
#include "maild/verbs/verb.h"

static int verb_help(const struct verb_context *context, int argc, char **argv);

static const struct verb verbs[] = {
    { "run", verb_run, "serve: receive, ingest and send mail until told to stop", "run" },
    { "check-config", verb_check_config, "say what is wrong with a configuration",
      "check-config [FILE]\ncheck-config --sample" },
    { "inspect", verb_inspect, "show what is made of a mail, as JSON", "inspect FILE…" },
    { "migrate", verb_migrate, "bring the database to this release's schema",
      "migrate [--dry-run]" },
    { "render", verb_render, "try a template: print what it becomes with some data",
      "render TEMPLATE DATA.json [--html | --text | --header] [--partials DIR]" },
    { "deliver", verb_deliver, "hand a mail to the running maild, as a mail server would",
      "deliver FILE --to ADDRESS… [--from ADDRESS]" },
    { "show", verb_show, "print a mail as a person would see it", "show FILE" },
    { "add", verb_add, "make a tenant, queue, agent, … known",
      "add tenant NAME [--title T] [--locale L]\n"
      "add queue ADDRESS --tenant NAME [--name N] [--agents a@x,b@x]\n"
      "add agent ADDRESS --tenant NAME [--name N] [--team T]\n"
      "add admin ADDRESS --tenant NAME [--name N] [--team T]\n"
      "add alias ADDRESS --queue ADDRESS\nadd domain HOST --tenant NAME" },
    { "key", verb_key, "keys to decrypt mail with and to verify signatures by",
      "key add FILE --queue ADDRESS [--passphrase-file FILE]\n"
      "key add FILE --tenant NAME [--passphrase-file FILE] [--authority]\n"
      "key list [--tenant NAME]\nkey remove FINGERPRINT [--tenant NAME]" },
    { "status", verb_status, "what waits, and how the mailboxes fare",
      "status [--json]" },
    { "quarantine", verb_quarantine, "mail that could not be read",
      "quarantine list\nquarantine show ID [--raw]\nquarantine retry ID\n"
      "quarantine drop ID" },
    { "ignored", verb_ignored, "mail that was kept and not made a ticket, and why",
      "ignored [--tenant NAME] [--most N] [--json]\nignored show ID [--raw]" },
    { "export", verb_export, "print a ticket's mail as mbox",
      "export NUMBER [--tenant NAME]" },
    { "help", verb_help, "this list, or how a verb is used", "help [VERB]" },
};

static const struct verb *
find_verb(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int
unknown_verb(const char *name)
{
    fprintf(stderr, "maild: there is no verb %s, see `maild help`\n", name);
    return EX_USAGE;
}

static void
print_verbs(void)
{
    puts("maild, the mail side of the Postern help desk\n\n"
         "usage: maild [-c FILE] VERB [ARGUMENT…]\n");
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        printf("  %-13s %s\n", verbs[i].name, verbs[i].help);
    puts("\n  -c FILE       the configuration; default: $POSTERN_CONFIG, else\n"
         "                " CONFIG_DEFAULT_PATH);
}

static void
print_usage(const struct verb *verb)
{
    g_auto(GStrv) lines = g_strsplit(verb->usage, "\n", -1);

    printf("%s\n\n", verb->help);
    for (char **line = lines; *line; line++)
        printf("  maild %s\n", *line);
}

static int
verb_help(const struct verb_context *context, int argc, char **argv)
{
    (void)context;
    if (argc < 2) {
        print_verbs();
        return EX_OK;
    }
    const struct verb *verb = find_verb(argv[1]);
    if (!verb)
        return unknown_verb(argv[1]);
    print_usage(verb);
    return EX_OK;
}

int
main(int argc, char **argv)
{
    const char *environment = getenv("POSTERN_CONFIG");
    struct verb_context context = { environment ? environment : CONFIG_DEFAULT_PATH };

    title_init(argc, argv);
    log_set_process("maild");
    crypto_init();
    if (argc >= 3 && (strcmp(argv[1], "-c") == 0 || strcmp(argv[1], "--config") == 0)) {
        context.config_path = argv[2];
        argc -= 2;
        argv += 2;
    }
    if (argc < 2)
        return verb_help(&context, 1, argv);

    const struct verb *verb = find_verb(argv[1]);
    return verb ? verb->run(&context, argc - 1, argv + 1) : unknown_verb(argv[1]);
}
