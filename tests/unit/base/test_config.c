#include "tests/unit/test.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/error.h"
#include "common/base/ini.h"

static char *folder; /* secrets of every kind, made anew for each run */

static void
make_file(const char *name, const char *content, int mode)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    assert_true(g_file_set_contents(path, content, -1, NULL));
    assert_int_equal(chmod(path, (mode_t)mode), 0);
}

static int
make_folder(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("postern-config-XXXXXX", NULL);
    make_file("secret", "0123456789abcdef0123456789abcdef\n", 0600);
    make_file("open", "0123456789abcdef0123456789abcdef\n", 0644);
    make_file("short", "0123456789\n", 0400);
    make_file("empty", "\n", 0600);
    make_file("lines", "one\ntwo\n", 0600);
    make_file("password", "pass word\r\n", 0600);
    make_file("credential", "0123456789abcdef0123456789abcdef\n", 0640);
    g_setenv("CREDENTIALS_DIRECTORY", folder, TRUE);
    return 0;
}

static int
remove_folder(void **state)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    (void)state;
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
    g_clear_pointer(&folder, g_free);
    return 0;
}

static Config *
parse(const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "f.conf", NULL);
    size_t n = strlen(text);
    g_autofree char *exact = g_memdup2(text, n); /* no NUL: overreads show */
    return config_parse((struct slice){ exact, n }, path, error);
}

#define GOOD_DATABASE "[database]\nurl = postgresql:///postern\n"
#define GOOD GOOD_DATABASE "[desk]\nsecret_file = secret\n" /* 4 lines */
#define RELAY GOOD "[relay]\nurl = smtp://mx.example\n"     /* 6 lines */
#define MAILBOX                                                                          \
    GOOD "[mailbox \"m\"]\nqueue = s@desk.example\nurl = imaps://imap.example\n"         \
         "user = u\npassword_file = password\n" /* 9 lines */

/* Each text gives exactly these problems, one a line. */
static void
test_errors(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        { "nothing there", "",
          ": [database] url is missing, expected a libpq URI or key=value words, as "
          "postgresql:///postern?user=postern_maild\n"
          ": [desk] secret_file is missing, expected a file of at least 32 random bytes, "
          "or credential:NAME, readable by its owner only" },
        { "password in a URI",
          "[database]\nurl = postgresql://me:secret@host/postern\n"
          "[desk]\nsecret_file = secret\n",
          "2: [database] url: it holds a password: put that into a file" },
        { "password in words",
          "[database]\nurl = host=h password=secret\n[desk]\nsecret_file = secret\n",
          "2: [database] url: it holds a password: put that into a file" },
        { "no entry", GOOD "nonsense\n",
          "5: this line can't be read, expected key = value, [group] or a comment" },
        { "key in capitals", GOOD "User = x\n",
          "5: this line can't be read, expected key = value, [group] or a comment" },
        { "no value", GOOD "user =\n",
          "5: user has no value, expected one (without the line, the default holds)" },
        { "only a comment", GOOD "user = # nobody\n",
          "5: user has no value, expected one (without the line, the default holds)" },
        { "open quotes", GOOD "user = \"x\n",
          "5: user: the quotes are not closed or hold a lone \\, expected \"…\" with "
          "\\\" "
          "and \\\\ for \" and \\" },
        { "lone backslash", GOOD "user = \"a\\b\"\n",
          "5: user: the quotes are not closed or hold a lone \\, expected \"…\" with "
          "\\\" "
          "and \\\\ for \" and \\" },
        { "behind quotes", GOOD "user = \"x\" y\n",
          "5: user: there is something behind the closing quote, expected nothing or a "
          "comment" },
        { "control character", GOOD "user = a\001b\n",
          "5: this line holds bytes that are not text, expected UTF-8 without control "
          "characters" },
        { "not UTF-8", GOOD "user = a\xff\n",
          "5: this line holds bytes that are not text, expected UTF-8 without control "
          "characters" },
        { "before any group", "user = x\n" GOOD,
          "1: user stands before any group, expected a [group] above it" },
        { "group line", GOOD "[lmtp\nlisten = x\n",
          "5: this group can't be read, expected [group] or [group \"name\"]" },
        { "key twice", GOOD "user = x\nuser = y\n",
          "6: user is already at line 5, expected it once" },
        { "group twice", GOOD "[desk]\nuser = y\n",
          "5: this group is already at line 3, expected it once" },
        { "unknown group", GOOD "[lmpt]\n",
          "5: there is no group [lmpt], did you mean [lmtp]?" },
        { "strange group", GOOD "[something]\n",
          "5: there is no group [something], expected database, desk, lmtp, ingest, "
          "send, "
          "relay, mailbox or portal" },
        { "unknown key", GOOD "administator = a@b\n",
          "5: [desk] has no key administator, did you mean administrator?" },
        { "key of another group", GOOD "max_message = 1M\n",
          "5: [desk] has no key max_message, it belongs in [lmtp]" },
        { "strange key", GOOD "colour_scheme = 1M\n",
          "5: [desk] has no key colour_scheme, see `maild check-config --sample`" },
        { "name where none is", GOOD "[lmtp \"x\"]\n",
          "5: [lmtp] takes no name, expected [lmtp]" },
        { "no name", GOOD "[mailbox]\n",
          "5: [mailbox] needs a name, expected [mailbox \"name\"]" },
        { "duration", GOOD "[ingest]\nlease = 10x\n",
          "6: [ingest] lease: \"10x\" is no duration, expected a whole number with s, m, "
          "h "
          "or d behind it, as 15s, 10m, 2h, 5d" },
        { "duration without unit", GOOD "[ingest]\nlease = 300\n",
          "6: [ingest] lease: \"300\" is no duration, expected a whole number with s, m, "
          "h "
          "or d behind it, as 15s, 10m, 2h, 5d" },
        { "duration out of range", GOOD "[ingest]\nlease = 10s\n",
          "6: [ingest] lease: 10s is not between 1m and 1d, expected a whole number with "
          "s, m, h or d behind it, as 15s, 10m, 2h, 5d" },
        { "number", GOOD "[send]\nprocesses = many\n",
          "6: [send] processes: \"many\" is no number, expected a whole number in that "
          "range" },
        { "number out of range", GOOD "[send]\nprocesses = 65\n",
          "6: [send] processes: 65 is not between 0 and 64, expected a whole number in "
          "that "
          "range" },
        { "number that overflows", GOOD "[send]\nprocesses = 99999999999999999999\n",
          "6: [send] processes: \"99999999999999999999\" is no number, expected a whole "
          "number in that range" },
        { "size", GOOD "[lmtp]\nmax_message = 50 MB\n",
          "6: [lmtp] max_message: \"50 MB\" is no size, expected a number of bytes, or "
          "with k, M or G behind it, as 50M" },
        { "size above the limit", GOOD "[lmtp]\nmax_message = 1G\n",
          "6: [lmtp] max_message: 1G is not between 64k and 50M, expected a number of "
          "bytes, or with k, M or G behind it, as 50M" },
        { "listen", GOOD "[lmtp]\nlisten = 127.0.0.1\n",
          "6: [lmtp] listen: \"127.0.0.1\" is neither unix:/path nor host:port, expected "
          "unix:/path or host:port, several with blanks between them, or none" },
        { "port", GOOD "[lmtp]\nlisten = 127.0.0.1:70000\n",
          "6: [lmtp] listen: \"127.0.0.1:70000\" is neither unix:/path nor host:port, "
          "expected unix:/path or host:port, several with blanks between them, or none" },
        { "peers", GOOD "[lmtp]\npeers = 10.0.0.0/33\n",
          "6: [lmtp] peers: \"10.0.0.0/33\" is neither an IP address nor a block "
          "address/bits, expected addresses or blocks with blanks between them, as "
          "127.0.0.0/8 ::1" },
        { "log level", GOOD "log_level = loud\n",
          "5: [desk] log_level: \"loud\" is not known here, there are: error, warning, "
          "info, debug, expected one of these" },
        { "address", GOOD "administrator = anna\n",
          "5: [desk] administrator: \"anna\" is no mail address, expected a mail "
          "address, "
          "as support@desk.example" },
        { "portal listen", GOOD "[portal]\nlisten = 8080\n",
          "6: [portal] listen: \"8080\" is no host:port, expected host:port, as "
          "127.0.0.1:8080" },
        { "base url", GOOD "[portal]\nbase_url = help.example\n",
          "6: [portal] base_url: \"help.example\" is no such URL, expected http:// or "
          "https:// with a host and, at most, a path" },
        { "relay without url", GOOD "[relay]\nhelo = x\n",
          "5: [relay] url is missing, expected smtp://host:port, smtps://host:port or "
          "maildir:/path" },
        { "relay url", GOOD "[relay]\nurl = mx.example:25\n",
          "6: [relay] url: \"mx.example:25\" is no such URL, expected smtp://host:port, "
          "smtps://host:port or maildir:/path" },
        { "tls", RELAY "tls = implicit\n",
          "7: [relay] tls: \"implicit\" is not known here, there are: none, "
          "opportunistic, required, expected one of these" },
        { "tls beside smtps", GOOD "[relay]\nurl = smtps://mx.example\ntls = required\n",
          "7: [relay] tls is for STARTTLS, and smtps://mx.example is TLS from the first "
          "byte: expected no such line" },
        { "auth without password", RELAY "tls = required\nauth = plain\nuser = u\n",
          "8: [relay] auth = plain needs password_file" },
        { "password without auth", RELAY "password_file = password\n",
          "7: [relay] password_file is not used without auth, expected auth = plain or "
          "login beside it" },
        { "password over strippable TLS",
          RELAY "auth = plain\nuser = u\npassword_file = password\n",
          "5: [relay] auth over opportunistic TLS would show the password to whoever "
          "strips the TLS, expected tls = required (or none, if you mean it)" },
        { "xoauth2 without anything", RELAY "tls = required\nauth = xoauth2\n",
          "8: [relay] auth = xoauth2 needs user\n"
          "8: [relay] auth = xoauth2 needs token_url\n"
          "8: [relay] auth = xoauth2 needs client_id\n"
          "8: [relay] auth = xoauth2 needs refresh_token_file" },
        { "token url in the clear", RELAY "token_url = http://tokens.example/\n",
          "7: [relay] token_url: \"http://tokens.example/\" is no such URL, expected "
          "https://host/path (http:// only on this host)" },
        { "mailbox with nothing", GOOD "[mailbox \"m\"]\n",
          "5: [mailbox] queue is missing, expected a mail address, as "
          "support@desk.example\n"
          "5: [mailbox] url is missing, expected imap://host:port or imaps://host:port\n"
          "5: [mailbox] auth = plain needs user\n"
          "5: [mailbox] auth = plain needs password_file" },
        { "mailbox tls", MAILBOX "tls = opportunistic\n",
          "10: [mailbox] tls: \"opportunistic\" is not known here, there are: none, "
          "required, expected one of these\n"
          "10: [mailbox] tls is for STARTTLS, and imaps://imap.example is TLS from the "
          "first byte: expected no such line" },
        { "after", MAILBOX "after = move:\n",
          "10: [mailbox] after: \"move:\" is not known here, expected seen, move:Folder "
          "or delete" },
        { "more than one problem", GOOD "usr = x\n[send]\nprocesses = x\n",
          "5: [desk] has no key usr, did you mean user?\n"
          "7: [send] processes: \"x\" is no number, expected a whole number in that "
          "range" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Config) config = parse(cases[i].text, &error);
        if (config || !error_is(error, ERR_REJECT))
            fail_msg("%s: it was taken", cases[i].name);

        g_auto(GStrv) got = g_strsplit(error->message, "\n", -1);
        g_auto(GStrv) want = g_strsplit(cases[i].want, "\n", -1);
        if (g_strv_length(got) != g_strv_length(want))
            fail_msg("%s: got\n%s", cases[i].name, error->message);
        for (size_t k = 0; want[k]; k++) {
            g_autofree char *line = g_strdup_printf(
                "%s/f.conf:%s", folder, want[k][0] == ':' ? want[k] + 1 : want[k]);
            if (!g_str_has_prefix(got[k], line))
                fail_msg("%s: got\n%s\nwanted\n%s", cases[i].name, got[k], line);
        }
    }
}

static void
test_secrets(void **state)
{
    static const struct {
        const char *name, *file, *want; /* NULL: good */
    } cases[] = {
        { "good", "secret", NULL },
        { "credential, group may read it", "credential:credential", NULL },
        { "others may read it", "open", "others may read" },
        { "too short", "short", "has 10 bytes: make one with" },
        { "empty", "empty", "is empty" },
        { "not there", "gone", "gone can't be read: No such file" },
        { "a folder", ".", "is no regular file" },
        { "a device", "/dev/zero", "is no regular file" },
        { "credential elsewhere", "credential:../secret", "names no credential" },
        { "no such credential", "credential:gone", "can't be read" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            g_strdup_printf(GOOD_DATABASE "[desk]\nsecret_file = %s\n", cases[i].file);
        g_autoptr(GError) error = NULL;
        g_autoptr(Config) config = parse(text, &error);
        if ((config != NULL) != (cases[i].want == NULL))
            fail_msg("%s: %s", cases[i].name, error ? error->message : "it was taken");
        if (error
            && !(strstr(error->message, ":4: [desk] secret_file: ")
                 && strstr(error->message, cases[i].want)))
            fail_msg("%s: got %s", cases[i].name, error->message);
        if (config)
            assert_int_equal(g_bytes_get_size(config->secret), 32);
    }
    g_unsetenv("CREDENTIALS_DIRECTORY");
    g_autoptr(GError) error = NULL;
    assert_null(parse(GOOD_DATABASE "[desk]\nsecret_file = credential:x\n", &error));
    assert_non_null(strstr(error->message, "LoadCredential=x:PATH"));
    g_setenv("CREDENTIALS_DIRECTORY", folder, TRUE);
}

static void
test_password_is_one_line(void **state)
{
    g_autoptr(GError) error = NULL;
    (void)state;
    assert_null(parse(RELAY "tls = required\nauth = login\nuser = u\n"
                            "password_file = lines\n",
                      &error));
    assert_non_null(strstr(error->message, "lines holds more than one line"));
}

static void
test_defaults(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = parse(GOOD, &error);
    (void)state;
    assert_non_null(config);
    assert_string_equal(config->database, "postgresql:///postern");
    assert_string_equal(config->portal_database, "postgresql:///postern");
    assert_string_equal(config->owner_database, "postgresql:///postern");
    assert_true(g_str_has_suffix(config->templates, "/postern/templates"));
    assert_true(g_str_has_suffix(config->migrations, "/postern/migrations"));
    assert_null(config->user);
    assert_string_equal(config->instance, g_get_host_name());
    assert_int_equal(config->log_level, LOG_LEVEL_INFO);
    assert_null(config->authserv_ids[0]);
    assert_null(config->previous_secret);
    assert_string_equal(config->lmtp_listen[0], "unix:/run/postern/lmtp");
    assert_string_equal(config->lmtp_peers[1], "::1");
    assert_int_equal(config->message_bytes, 50 << 20);
    assert_int_equal(config->ingest_processes, 2);
    assert_int_equal(config->lease_us, 5 * CLOCK_MINUTE);
    assert_int_equal(config->reply_hold_us, 15 * CLOCK_SECOND);
    assert_int_equal(config->relays->len, 0);
    assert_null(config_find_relay(config, "desk.example"));
    assert_string_equal(config->portal.listen_host, "127.0.0.1");
    assert_int_equal(config->portal.listen_port, 8080);
}

static void
test_values(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = parse(
        "\xef\xbb\xbf# with the mark of an editor, and CR LF\r\n" GOOD
        "user = post # a comment\ninstance = \"a # \\\"b\\\\\" ; and one\n"
        "authserv_id = a.example, b.example\ntemplates = t\nlog_level = debug\n"
        "[lmtp]\nlisten = unix:/run/x [::1]:24\npeers = 10.0.0.0/8\nmax_message = 200k\n"
        "[relay]\nurl = maildir:out\n"
        "[relay \"two.example\"]\nurl = smtps://[::1]\nauth = plain\nuser = u#x\n"
        "password_file = password\n"
        "[mailbox \"a b\"]\nqueue = s@desk.example\nurl = imap://imap.example:1143\n"
        "tls = none\nuser = u\npassword_file = password\nafter = move:Done\npoll = 2h\n"
        "[portal]\nlisten = [::]:80\nbase_url = https://help.example/desk//\n",
        &error);
    (void)state;
    if (!config)
        fail_msg("%s", error->message);
    assert_string_equal(config->user, "post");
    assert_string_equal(config->instance, "a # \"b\\");
    assert_string_equal(config->authserv_ids[1], "b.example");
    assert_true(g_str_has_prefix(config->templates, folder));
    assert_string_equal(config->lmtp_listen[1], "[::1]:24");
    assert_null(config->lmtp_listen[2]);
    assert_int_equal(config->message_bytes, 200 << 10);

    const struct config_relay *relay = config_find_relay(config, "desk.example");
    assert_int_equal(relay->kind, RELAY_MAILDIR);
    assert_true(g_str_has_prefix(relay->directory, folder));
    relay = config_find_relay(config, "two.example");
    assert_string_equal(relay->host, "::1");
    assert_int_equal(relay->port, 465);
    assert_int_equal(relay->tls, TLS_IMPLICIT);
    assert_string_equal(relay->auth.user, "u#x");
    assert_string_equal(relay->auth.password, "pass word");

    const struct config_mailbox *mailbox = config->mailboxes->pdata[0];
    assert_string_equal(mailbox->name, "a b");
    assert_int_equal(mailbox->port, 1143);
    assert_int_equal(mailbox->tls, TLS_NONE);
    assert_int_equal(mailbox->after, IMAP_MOVE);
    assert_string_equal(mailbox->move_to, "Done");
    assert_string_equal(mailbox->folder, "INBOX");
    assert_int_equal(mailbox->poll_us, 2 * CLOCK_HOUR);
    assert_string_equal(config->portal.listen_host, "::");
    assert_string_equal(config->portal.base_url, "https://help.example/desk");
}

/* The sample in the tree is the one that the table gives, and holds every key. */
static void
test_sample(void **state)
{
    g_autofree char *sample = config_sample(), *stored = NULL;
    (void)state;
    assert_true(g_file_get_contents(TEST_DATA "/../maild/postern.conf.sample", &stored,
                                    NULL, NULL));
    if (strcmp(sample, stored) != 0)
        fail_msg("maild/postern.conf.sample is old: write the output of `maild "
                 "check-config --sample` to it");
}

/* As it stands the sample is a good configuration, but for its secret; with every #key
   uncommented too, so no example and no default in it is wrong. */
static void
test_sample_is_good(void **state)
{
    g_autofree char *sample = config_sample();
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(sample, "\n", -1);
    g_autoptr(GError) error = NULL;
    (void)state;

    for (char **line = lines; *line; line++) {
        bool off =
            (*line)[0] == '#' && ((*line)[1] == '[' || g_ascii_islower((*line)[1]));
        g_autofree char *key = g_strndup(*line + off, strcspn(*line + off, " "));
        bool secret = g_str_has_suffix(key, "_file") && !g_str_equal(key, "metrics_file")
                      && !g_str_equal(key, "ca_file");
        g_string_append_printf(text, "%s%s\n", secret ? key : *line + off,
                               secret ? " = secret" : "");
    }
    g_string_replace(text, "auth = none", "auth = plain", 0);
    g_string_replace(text, "tls = opportunistic", "tls = required", 0);
    g_string_replace(text,
                     "tls = required\n\n# Authorities that its certificate may come "
                     "from. Default: the system's.\nca_file = "
                     "/etc/postern/ca.pem\n\n# How to log in",
                     "\n\n# How to log in", 0); /* the mailbox's, beside imaps */
    g_autoptr(Config) config = parse(text->str, &error);
    if (!config)
        fail_msg("%s", error->message);
    assert_int_equal(config->relays->len, 1);
    assert_int_equal(config->mailboxes->len, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_sample_is_good),
        cmocka_unit_test(test_password_is_one_line),
    };
    return cmocka_run_group_tests_name("config", tests, make_folder, remove_folder);
}
