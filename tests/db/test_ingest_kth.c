/*
 * test_ingest_kth: the k-th statement of one ingest fails, for every k, on a real PostgreSQL
 * ($POSTERN_TEST_DATABASE, as the role maild has). What was begun leaves no trace, and the
 * repeat that db_transact makes ends as if nothing had happened.
 */
#include "tests/unit/test.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/db/migrate.h"
#include "common/desk/capability.h"
#include "common/store/admin.h"
#include "common/store/statements.h"
#include "common/store/unsealings.h"
#include "maild/ingest/ingest.h"

/* --- a desk ----------------------------------------------------------------------- */

enum { DIGEST, TENANT, CAPABILITY, SENT_ID, TICKETS, MESSAGES, OUTBOX, OPENED, WATCHING };

/* What the test itself asks, as the owner. DIGEST is over every row there is. */
static const struct db_statement watching[WATCHING] = {
    [DIGEST] = { "digest",
                 "SELECT md5(string_agg(x, '' ORDER BY x)) FROM ("
                 "SELECT 't' || t::text FROM tickets t"
                 " UNION ALL SELECT 'c' || c::text FROM conversations c"
                 " UNION ALL SELECT 'q' || q::text FROM conversation_queues q"
                 " UNION ALL SELECT 'm' || m::text FROM messages m"
                 " UNION ALL SELECT 'p' || p::text FROM parts p"
                 " UNION ALL SELECT 'i' || i::text FROM message_ids i"
                 " UNION ALL SELECT 'e' || e::text FROM events e"
                 " UNION ALL SELECT 'o' || o::text FROM outbox o"
                 " UNION ALL SELECT 'b' || b::text FROM notifications b"
                 " UNION ALL SELECT 'k' || k::text FROM capabilities k"
                 " UNION ALL SELECT 'l' || l::text FROM ticket_links l"
                 " UNION ALL SELECT 'w' || w::text FROM participants w"
                 " UNION ALL SELECT 'h' || h::text FROM people h"
                 " UNION ALL SELECT 'a' || a::text FROM addresses a"
                 " UNION ALL SELECT 'u' || u.inbound_id || u.state FROM unsealings u"
                 " UNION ALL SELECT 'n' || n::text FROM tenants n"
                 " UNION ALL SELECT 'r' || r.id || r.state || r.tries FROM inbound r"
                 ") AS every (x)" },
    [TENANT] = { "tenant", "SELECT id FROM tenants" },
    [CAPABILITY] = { "capability",
                     "SELECT c.tenant_id, c.id, c.conversation_id, c.person_id,"
                     " c.expires_at FROM capabilities c JOIN people p ON p.id = "
                     "c.person_id"
                     " WHERE c.kind = 'reply' AND p.role = $1 ORDER BY c.created_at, c.id"
                     " LIMIT 1" },
    [SENT_ID] = { "sent_id", "SELECT rfc_message_id FROM outbox WHERE role = 'requester'"
                             " ORDER BY created_at LIMIT 1" },
    [TICKETS] = { "tickets", "SELECT count(*) FROM tickets" },
    [MESSAGES] = { "messages", "SELECT count(*) FROM messages" },
    [OPENED] = { "opened", "SELECT count(*) FROM messages m"
                           " WHERE m.text LIKE 'opened words%' AND"
                           " m.crypto ->> 'decrypted' = 'true' AND EXISTS (SELECT FROM"
                           " parts p WHERE p.message_id = m.id)" },
    [OUTBOX] = { "outbox", "SELECT count(*) FROM outbox" },
};
static const struct db_statement_table watching_table = { watching, WATCHING };

static struct {
    Db *db;       /* what ingest works on, as postern_maild */
    Db *watching; /* as the owner */
    Config *config;
    struct uuid tenant;
    char *folder;
} desk;

static Db *
open_db(const char *user, const struct db_statement_table *table)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *conninfo =
        g_strdup_printf("%s user=%s", getenv("POSTERN_TEST_DATABASE"), user);
    Db *db = db_open(&(struct db_options){ .conninfo = conninfo,
                                           .application = "test_ingest_kth",
                                           .statements = table },
                     &error);
    if (!db)
        fail_msg("%s", error->message);
    return db;
}

static Config *
make_config(void)
{
    g_autoptr(GError) error = NULL;
    desk.folder = g_dir_make_tmp("postern-kth-XXXXXX", &error);
    g_autofree char *secret = g_build_filename(desk.folder, "secret", NULL);
    assert_true(g_file_set_contents_full(secret, "0123456789abcdef0123456789abcdef", -1,
                                         G_FILE_SET_CONTENTS_NONE, 0600, &error));
    g_autofree char *text = g_strdup_printf(
        "[database]\nurl = postgresql:///postern\n[desk]\nsecret_file = %s\n", secret);
    Config *config = config_parse(slice_from(text), "test.conf", &error);
    if (!config)
        fail_msg("%s", error->message);
    return config;
}

static void
make_tenant(Db *owner)
{
    bool added = false;
    const struct admin_tenant tenant = { .name = "desk.example" };
    const struct admin_queue queue = { .tenant = "desk.example",
                                       .address = "support@desk.example" };
    const struct admin_agent agent = { .tenant = "desk.example",
                                       .address = "anna@desk.example" };
    assert_true(admin_put_tenant(owner, &tenant, &added, NULL));
    assert_true(admin_put_queue(owner, &queue, &added, NULL));
    assert_true(admin_put_agent(owner, &agent, &added, NULL));
}

static void
ignore(int version, const char *name, void *data)
{
    (void)version, (void)name, (void)data;
}

static int
set_up(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    size_t applied = 0;
    g_autoptr(Db) bare = open_db("postgres", NULL);
    if (!db_run_script(bare, "SET client_min_messages = warning", &error)
        || !migrate_run(bare, TEST_DATA "/../migrations", false, ignore, NULL, &applied,
                        &error)) {
        print_error("%s\n", error->message);
        return -1;
    }
    g_autoptr(Db) owner = open_db("postgres", &statements);
    make_tenant(owner);
    desk.config = make_config();
    desk.watching = open_db("postgres", &watching_table);
    desk.db = open_db("postern_maild", &statements);
    g_autoptr(DbRows) rows = db_call(desk.watching, TENANT, NULL);
    desk.tenant = db_get_uuid(rows, 0, 0);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    g_autofree char *secret = g_build_filename(desk.folder, "secret", NULL);
    g_unlink(secret);
    g_rmdir(desk.folder);
    g_free(desk.folder);
    config_free(desk.config);
    db_free(desk.watching);
    db_free(desk.db);
    return 0;
}

static int64_t
count(int statement)
{
    g_autoptr(DbRows) rows = db_call(desk.watching, (size_t)statement, NULL);
    return db_get_int(rows, 0, 0);
}

static char *
digest(void)
{
    g_autoptr(DbRows) rows = db_call(desk.watching, DIGEST, NULL);
    return g_strdup(db_get_text(rows, 0, 0));
}

/* The reply address that the first person of this role was given. */
static char *
reply_address(const char *role)
{
    g_autoptr(DbRows) rows = db_call(desk.watching, CAPABILITY, NULL, db_text(role));
    const struct capability cap = {
        .tenant = db_get_uuid(rows, 0, 0),
        .id = db_get_uuid(rows, 0, 1),
        .kind = CAPABILITY_REPLY,
        .conversation = db_get_uuid(rows, 0, 2),
        .person = db_get_uuid(rows, 0, 3),
        .expires_at = db_get_time(rows, 0, 4),
    };
    g_autofree char *token =
        capability_token(capability_keys_of(desk.config).present, &cap);
    return capability_address("support@desk.example", token);
}

/* --- mails ------------------------------------------------------------------------ */

struct letter {
    const char *from, *to; /* to: NULL, the queue */
    const char *header;    /* more of it, lines with CR LF */
    const char *body;
};

static int letters;

static void
add_inbound(const struct letter *letter, struct inbound_claim *ret_claim)
{
    const char *to = letter->to ? letter->to : "support@desk.example";
    const char *const recipients[] = { to, NULL };
    g_autofree char *raw = g_strdup_printf(
        "From: %s\r\nTo: %s\r\nSubject: printer %d\r\nMessage-ID: <%d@client.example>\r\n"
        "MIME-Version: 1.0\r\n%s\r\n%s",
        letter->from, to, letters, letters, letter->header, letter->body);
    const struct inbound_new new = {
        .id = uuid_make(),
        .door = "lmtp",
        .envelope_from = letter->from,
        .recipients = recipients,
        .size = (int64_t)strlen(raw),
        .raw = slice_from(raw),
    };
    letters++;

    g_autoptr(GError) error = NULL;
    const struct db_tx_options options = { .tenant = desk.tenant };
    g_autoptr(DbTx) tx = db_tx_begin(desk.db, &options, &error);
    if (!tx || !inbound_add(tx, &new, &error) || !db_tx_commit(&tx, &error)
        || !inbound_claim_next(desk.db, "test", 60000000, ret_claim, &error))
        fail_msg("%s", error->message);
    assert_true(uuid_equal(ret_claim->id, new.id));
}

/* --- the k-th fails --------------------------------------------------------------- */

struct saboteur {
    int k; /* refuse this one, counting from 1 */
    int n; /* so many were asked for */
    bool refused;
    bool looked;
    char name[64];
    char *before; /* digest of everything before this ingest */
};

static bool
sabotage(const char *statement, void *data)
{
    struct saboteur *s = data;
    s->n++;
    if (s->refused && !s->looked) { /* the transaction of the refused one has ended */
        g_autofree char *now = digest();
        s->looked = true;
        if (strcmp(now, s->before) != 0)
            fail_msg("after %s (number %d) failed something stayed", s->name, s->k);
    }
    if (s->n != s->k)
        return true;
    g_strlcpy(s->name, statement, sizeof s->name);
    s->refused = true;
    return false;
}

/* One ingest of this row whose k-th statement fails. False when it has fewer. */
static bool
ingest_row_with_failure(const struct inbound_claim *claim, int k, enum ingest_result want)
{
    enum ingest_result result = INGEST_GONE;
    g_autoptr(GError) error = NULL;
    g_autofree char *before = digest();
    struct saboteur s = { .k = k, .before = before };

    db_set_observer(desk.db, sabotage, &s);
    bool done = ingest_row(desk.db, desk.config, claim, &result, &error);
    db_set_observer(desk.db, NULL, NULL);
    if (!done)
        fail_msg("statement %d, %s: %s", k, s.name, error->message);
    assert_true(s.looked || !s.refused);
    assert_string_equal(ingest_result_name(result), ingest_result_name(want));
    return s.refused;
}

static bool
ingest_with_failure(const struct letter *letter, int k, enum ingest_result want)
{
    struct inbound_claim claim;
    add_inbound(letter, &claim);
    return ingest_row_with_failure(&claim, k, want);
}

/* What each ingest of a letter adds, whichever statement fails on the way. */
static void
every_statement_fails(const struct letter *letter, enum ingest_result want, int tickets,
                      int messages, int mails)
{
    bool more = true;
    for (int k = 1; more; k++) {
        int64_t had_tickets = count(TICKETS), had_messages = count(MESSAGES);
        int64_t had_mails = count(OUTBOX);
        more = ingest_with_failure(letter, k, want);
        assert_int_equal(count(TICKETS) - had_tickets, tickets);
        assert_int_equal(count(MESSAGES) - had_messages, messages);
        assert_int_equal(count(OUTBOX) - had_mails, mails);
        assert_true(more || k > 8);
    }
}

#define TWO_PARTS                                                                        \
    "Content-Type: multipart/mixed; boundary=b\r\nCc: carl@customer.example\r\n"
#define PARTS                                                                            \
    "--b\r\n\r\nIt burns.\r\n--b\r\nContent-Type: text/plain; name=a.txt\r\n"            \
    "Content-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"

/* Each from a new customer, so that everything has to be made; no limit of automatic mail
   comes near, as there are two of them. */
static void
test_new_ticket(void **state)
{
    (void)state;
    bool more = true;
    for (int k = 1; more; k++) {
        g_autofree char *from = g_strdup_printf("c%d@customer.example", k);
        struct letter letter = { from, NULL, TWO_PARTS, PARTS };
        int64_t had = count(OUTBOX);
        more = ingest_with_failure(&letter, k, INGEST_APPLIED);
        assert_int_equal(count(TICKETS), k);
        assert_int_equal(count(OUTBOX) - had, 2); /* acknowledgement, notice */
        assert_true(more || k > 15);
    }
}

static void
test_customers_reply(void **state)
{
    (void)state;
    g_autofree char *to = reply_address("customer");
    struct letter letter = { "c1@customer.example", to, "", "Still burning.\r\n" };
    every_statement_fails(&letter, INGEST_APPLIED, 0, 1, 1);
}

static void
test_agents_answer(void **state)
{
    (void)state;
    g_autofree char *to = reply_address("agent");
    struct letter letter = { "anna@desk.example", to, "", "Use water.\r\n" };
    every_statement_fails(&letter, INGEST_APPLIED, 0, 1, 2); /* to requester and Cc */
}

static void
test_agents_command(void **state)
{
    (void)state;
    g_autofree char *to = reply_address("agent");
    struct letter letter = { "anna@desk.example", to, "", "#note\r\n\r\nWater?\r\n" };
    bool more = true;
    for (int k = 1; more; k++) { /* how often the agent is told has a limit */
        int64_t had = count(MESSAGES);
        more = ingest_with_failure(&letter, k, INGEST_APPLIED);
        assert_int_equal(count(MESSAGES) - had, 1);
    }
}

static void
test_agent_without_capability(void **state)
{
    (void)state;
    g_autoptr(DbRows) rows = db_call(desk.watching, SENT_ID, NULL);
    g_autofree char *header =
        g_strdup_printf("In-Reply-To: <%s>\r\n", db_get_text(rows, 0, 0));
    struct letter letter = { "anna@desk.example", NULL, header, "#close\r\n" };
    bool more = true;
    for (int k = 1; more; k++)
        more = ingest_with_failure(&letter, k, INGEST_IGNORED);
}

static void
test_delivery_report(void **state)
{
    (void)state;
    g_autofree char *to = reply_address("customer");
    struct letter letter = {
        "MAILER-DAEMON@mx.customer.example", to,
        "Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; boundary=b;"
        " report-type=delivery-status\r\n",
        "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.customer.example\r\n\r\n"
        "Final-Recipient: rfc822; c1@customer.example\r\nAction: failed\r\n"
        "Status: 5.1.1\r\n\r\n--b--\r\n"
    };
    bool more = true;
    for (int k = 1; more; k++)
        more = ingest_with_failure(&letter, k, INGEST_APPLIED);
}

/* --- a mail that the crypto job has to open --------------------------------------- */

#define RESULT(decrypted, opened)                                                        \
    "{\"protocol\": \"openpgp\", \"whole\": true, \"encrypted\": true, "                 \
    "\"signed\": false, \"decrypted\": " decrypted ", \"opened\": " opened "}"

static void
finish_unsealing(struct uuid inbound, const char *result, const char *opened)
{
    g_autoptr(GError) error = NULL;
    const struct db_tx_options options = { .tenant = desk.tenant };
    g_autoptr(GBytes) bytes = opened ? g_bytes_new(opened, strlen(opened)) : NULL;
    g_autoptr(DbTx) tx = db_tx_begin(desk.db, &options, &error);
    if (!tx || !unsealing_finish(tx, inbound, result, "secret", bytes, &error)
        || !db_tx_commit(&tx, &error))
        fail_msg("%s", error->message);
}

static void
claim_again(struct inbound_claim *claim)
{
    struct uuid id = claim->id;
    assert_true(inbound_claim_next(desk.db, "test", 60000000, claim, NULL));
    assert_true(uuid_equal(claim->id, id));
}

/* Claimed by one worker only; free again for its successor, with the try counted. */
static void
check_claims(struct uuid inbound, int tries)
{
    struct unsealing_claim claim;
    assert_true(unsealing_claim_next(desk.db, "here/crypto", 60000000, &claim, NULL));
    assert_true(uuid_equal(claim.inbound, inbound));
    assert_int_equal(claim.tries, tries);
    assert_true(unsealing_claim_next(desk.db, "there/crypto", 60000000, &claim, NULL));
    assert_true(uuid_is_nil(claim.inbound));
    assert_true(unsealing_release_worker(desk.db, "here/crypto", false, NULL));
}

static void
test_sealed(void **state)
{
    const struct letter letter = {
        "sealed@customer.example", NULL, "Content-Type: text/plain\r\n",
        "-----BEGIN PGP MESSAGE-----\r\n\r\nAAAA\r\n-----END PGP MESSAGE-----\r\n"
    };
    static const char opened[] = "From: sealed@customer.example\r\n\r\nopened words\r\n";
    (void)state;
    bool more = true;
    for (int k = 1; more; k++) {
        struct inbound_claim claim;
        int64_t had = count(MESSAGES);
        add_inbound(&letter, &claim);
        more = ingest_row_with_failure(&claim, k, INGEST_WAITING);
        assert_int_equal(count(MESSAGES), had);
        check_claims(claim.id, 1);
        check_claims(claim.id, 2);

        finish_unsealing(claim.id, RESULT("false", "false"), NULL);
        claim_again(&claim);
        more |= ingest_row_with_failure(&claim, k, INGEST_APPLIED);
        assert_int_equal(count(MESSAGES), had + 1);

        /* The same again says nothing new; a key that opens it does. */
        struct inbound_claim none;
        finish_unsealing(claim.id, RESULT("false", "false"), NULL);
        assert_true(inbound_claim_next(desk.db, "test", 60000000, &none, NULL));
        assert_true(uuid_is_nil(none.id));
        finish_unsealing(claim.id, RESULT("true", "true"), opened);
        claim_again(&claim);
        more |= ingest_row_with_failure(&claim, k, INGEST_REREAD);
        assert_int_equal(count(MESSAGES), had + 1);
        assert_int_equal(count(OPENED), k);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_ticket), /* the others go on with its tickets */
        cmocka_unit_test(test_customers_reply),
        cmocka_unit_test(test_agents_answer),
        cmocka_unit_test(test_agents_command),
        cmocka_unit_test(test_agent_without_capability),
        cmocka_unit_test(test_delivery_report),
        cmocka_unit_test(test_sealed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
