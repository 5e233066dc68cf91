"""test_tenants: the walls between tenants, in the schema and through the mail."""
import re
import uuid

import harness
from loop_case import ADA, ANNA, SUPPORT, SmallDesk, answer, reply_address

HELP, OTTO = "help@other.example", "otto@other.example"
ROLES = ("postern_maild", "postern_portald")
# What portald is shown in the name of its own person alone, whoever else looks.
PERSONAL = ("notifications",)

# Tables without a tenant: what the installation itself keeps.
GLOBAL = {"schema_migrations", "relay_tokens", "rate_buckets"}


class TwoTenants(SmallDesk):
    def setUp(self):
        super().setUp()
        self.desk.add("other.example", [HELP], [OTTO])

    def tenant(self, name):
        return self.desk.value(f"SELECT id FROM tenants WHERE name = '{name}'")

    def test_the_same_customer_at_both(self):
        self.write("at the first")
        self.write("at the second", to=HELP)
        first, second = (self.desk.wait_mail(to=ADA, subject=s)
                         for s in ("at the first", "at the second"))
        self.settle()
        self.assertEqual([(t["tenant"], t["number"], t["subject"])
                          for t in self.desk.tickets()],
                         [("desk.example", 1, "at the first"),
                          ("other.example", 1, "at the second")])
        self.assertEqual(first["From"].addresses[0].addr_spec, SUPPORT)
        self.assertEqual(second["From"].addresses[0].addr_spec, HELP)
        for agent, subject in ((ANNA, "at the second"), (OTTO, "at the first")):
            self.assertEqual(self.desk.find_mails(to=agent, subject=subject), [])
        people = self.desk.sql(f"SELECT person_id FROM addresses WHERE address = '{ADA}'")
        self.assertEqual(len({p["person_id"] for p in people}), 2)

    def test_links_lead_to_ones_own_host(self):
        """Beside others base_url is perhaps somebody else's: a name is always one's own."""
        self.write("by its name", to=HELP)
        mail = self.desk.wait_mail(to=ADA, subject="by its name")
        links = re.findall(r"https?://([^/\s]+)/t/", mail.text)
        self.assertEqual(set(links), {"other.example"})
        self.desk.maild("add", "domain", "help.other.example", "--tenant", "other.example")
        self.write("by its domain", to=HELP)
        mail = self.desk.wait_mail(to=ADA, subject="by its domain")
        links = re.findall(r"https?://([^/\s]+)/t/", mail.text)
        self.assertEqual(set(links), {"help.other.example"})

    def test_one_mail_to_both(self):
        raw = harness.mail(subject="to both companies", to=f"{SUPPORT}, {HELP}")
        self.desk.accept(raw, [SUPPORT, HELP])
        self.settle()
        self.assertEqual([t["tenant"] for t in self.desk.tickets()],
                         ["desk.example", "other.example"])
        for row in self.desk.sql("SELECT recipients, n.name FROM inbound i JOIN tenants n "
                                 "ON n.id = i.tenant_id"):
            self.assertEqual(row["recipients"],
                             [SUPPORT if row["name"] == "desk.example" else HELP])

    def test_tokens_and_message_ids_of_one_at_the_other(self):
        receipt, notice = self.open("inside the first")
        for n, mail in enumerate((receipt, notice)):
            token = re.search(r"\+(.*)@", reply_address(mail))[1]
            raw, _ = answer(mail, f"#close\nThrough the wall {n}.", OTTO if n else ADA)
            self.desk.accept(raw, f"help+{token}@other.example", OTTO if n else ADA)
        self.settle()
        self.assertEqual(self.ticket()["status"], "open")
        self.assertEqual(len(self.messages()), 1)
        for mail in self.desk.find_mails(contains="Through the wall"):
            self.assertNotIn("desk.example", str(mail["To"]))
        for ticket in self.desk.tickets():
            if ticket["tenant"] == "other.example":
                links = self.desk.sql("SELECT 1 FROM ticket_links WHERE from_id = "
                                      f"'{ticket['id']}'")
                self.assertEqual(links, [])

    def test_the_roles_see_one_tenant(self):
        self.open("mine")
        self.write("theirs", to=HELP)
        self.settle()
        tables = [r["relname"] for r in self.desk.sql(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' "
            "AND a.attname = 'tenant_id' ORDER BY 1")]
        self.assertIn("tickets", tables)
        mine = self.tenant("desk.example")
        full = set()
        for role in ROLES:
            for table in tables:
                with self.subTest(role=role, table=table):
                    if not self.may_read(role, table):
                        continue
                    self.assertEqual(self.count(role, table, ""), 0)
                    seen = self.count(role, table, mine)
                    there = self.desk.value(
                        f"SELECT count(*) FROM {table} WHERE tenant_id = '{mine}'")
                    nobodys = role == "postern_portald" and table in PERSONAL
                    self.assertEqual(seen, 0 if nobodys else there)
                    self.assertEqual(self.count(
                        role, table, mine, f"WHERE tenant_id <> '{mine}'"), 0)
                    full |= {table} if seen else set()
        for table in ("tickets", "messages", "inbound", "outbox", "people", "addresses",
                      "capabilities", "events", "message_ids", "participants"):
            self.assertIn(table, full)

    def may_read(self, role, table):
        return self.desk.value(f"SELECT has_table_privilege('{role}', '{table}', 'SELECT')")

    def count(self, role, table, tenant, where=""):
        return int(self.desk.postgres.execute(
            f"BEGIN; SELECT set_config('postern.tenant', '{tenant}', true), "
            "set_config('postern.viewer', 'desk', true) \\g /dev/null\n"
            f"SELECT count(*) FROM {table} {where}; ROLLBACK;", self.desk.database, role))

    def test_the_roles_write_for_one_tenant(self):
        mine, theirs = self.tenant("desk.example"), self.tenant("other.example")
        teams = f"INSERT INTO teams (tenant_id, id, name) VALUES ('{theirs}', " \
                "gen_random_uuid(), 'x')"
        steal = f"UPDATE teams SET tenant_id = '{theirs}'"
        for role in ROLES:
            for script in (teams, steal):
                with self.subTest(role=role, script=script):
                    with self.assertRaisesRegex(RuntimeError, "row-level security"):
                        self.desk.postgres.execute(
                            f"BEGIN; SELECT set_config('postern.tenant', '{mine}', true); "
                            f"{script}; COMMIT;", self.desk.database, role)


class Schema(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = cls.enterClassContext(harness.Servers())
        cls.desk = cls.servers.desk(start=False, people=False)

    def test_every_tenants_table_has_a_wall(self):
        self.assertEqual(self.desk.sql(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
            "AND a.attname = 'tenant_id' AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM "
            "pg_policy p WHERE p.polrelid = c.oid AND pg_get_expr(p.polqual, p.polrelid) "
            "= '(tenant_id = current_tenant())'))"), [])

    def test_every_table_has_a_tenant_or_is_known(self):
        without = self.desk.sql(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND "
            "c.relnamespace = 'public'::regnamespace AND c.relname <> 'tenants' AND NOT "
            "EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = "
            "'tenant_id')")
        self.assertLessEqual({r["relname"] for r in without}, GLOBAL)

    def test_policies_let_nobody_read_across(self):
        """Each policy for reading names the tenant; roles and views can't go around it."""
        self.assertEqual(self.desk.sql(
            "SELECT tablename, policyname, qual FROM pg_policies WHERE schemaname = 'public' "
            "AND cmd <> 'INSERT' AND permissive = 'PERMISSIVE' AND qual NOT LIKE "
            "'%current_tenant()%'"), [])
        self.assertEqual(self.desk.sql(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'postern_%' AND (rolsuper OR "
            "rolbypassrls OR rolcreaterole OR rolcreatedb)"), [])
        self.assertEqual(self.desk.sql(
            "SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
            "WHERE r.rolname LIKE 'postern_%'"), [])
        self.assertEqual(self.desk.sql(
            "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND "
            "relnamespace = 'public'::regnamespace"), [])

    def test_functions_of_the_owner_are_closed(self):
        """SECURITY DEFINER: with a search_path of its own; those that are called for every
        row, where that would cost more than they do, name all with its schema."""
        free = [row["proname"] for row in self.desk.sql(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND "
            "prosecdef AND (proconfig IS NULL OR NOT EXISTS (SELECT FROM unnest(proconfig) c "
            "WHERE c LIKE 'search_path=%')) ORDER BY proname")]
        self.assertEqual(free, ["sees_conversation", "sees_message"])
        for name in free:
            self.assertEqual(self.desk.postgres.execute(
                f"SET search_path = ''; SELECT public.{name}('{uuid.uuid4()}')",
                self.desk.database, "postern_portald"), "f\n")
        for role in ROLES:
            self.assertEqual(self.desk.sql(
                "SELECT nspname FROM pg_namespace WHERE "
                f"has_schema_privilege('{role}', oid, 'CREATE')"), [])
            self.assertFalse(self.desk.value(
                f"SELECT has_database_privilege('{role}', current_database(), 'TEMP')"))

    def test_every_table_column_and_function_is_explained(self):
        self.assertEqual(self.desk.sql(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = "
            "c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relkind IN ('r', 'p') AND "
            "c.relnamespace = 'public'::regnamespace AND (col_description(c.oid, a.attnum) "
            "IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)"), [])
        self.assertEqual(self.desk.sql(
            "SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND "
            "obj_description(p.oid, 'pg_proc') IS NULL AND NOT EXISTS (SELECT FROM "
            "pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"), [])

    def test_events_are_append_only(self):
        for role in ROLES:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                self.assertFalse(self.desk.value(
                    f"SELECT has_table_privilege('{role}', 'events', '{right}')"))

    def test_every_foreign_key_stays_within_its_tenant(self):
        """Row-level security doesn't look at foreign keys, so each carries the tenant."""
        self.assertEqual(self.desk.sql(
            "SELECT conname FROM pg_constraint k WHERE contype = 'f' AND confrelid <> "
            "'tenants'::regclass AND connamespace = 'public'::regnamespace AND NOT EXISTS "
            "(SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = "
            "'tenant_id' AND a.attnum = ANY (k.conkey))"), [])


if __name__ == "__main__":
    harness.main()
