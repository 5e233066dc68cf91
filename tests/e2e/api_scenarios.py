"""api_scenarios: every operation of the API, called as a program would (test_openapi.py).

Each function takes the World of that test. A new operation needs a call here.
"""
import base64
import hmac
import struct
import time

import harness


def totp(secret, at=None):
    """RFC 6238, as an authenticator does it."""
    key = base64.b32decode(secret.replace(" ", ""))
    mac = hmac.digest(key, struct.pack(">Q", int(at or time.time()) // 30), "sha1")
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset:offset + 4])[0] & 0x7fffffff) % 10**6:06}"


def tokens(world):
    first = world.sign_in("tokens@customer.example")
    second = world.call("refreshToken",
                        body={"refresh_token": first["refresh_token"]}).json()
    world.call("refreshToken", body={"refresh_token": "pr_nothing"}, want=401)
    world.call("revokeToken", body={"refresh_token": second["refresh_token"]})
    world.call("createToken", want=401, body={
        "address": "tokens@customer.example", "password": "never chosen it"})
    world.call("createToken", body={"address": "x"}, want=422)


def account(world):
    me = "account@customer.example"
    world.call("getProfile", me)
    world.call("updateProfile", me, body={"name": "Ada", "theme": "dark"})
    world.call("updateProfile", me, body={"theme": "pink"}, want=422)
    world.call("listAddresses", me)
    world.call("addAddress", me, body={"address": "second@customer.example"})
    link = world.desk.wait_mail(to="second@customer.example").text
    world.case.assertIn("http", link)
    main = world.call("listAddresses", me).json()["items"][0]["id"]
    world.call("removeAddress", me, {"id": main}, want=409)
    other = world.desk.value(f"""
        INSERT INTO addresses (tenant_id, id, person_id, address, verified_at)
        SELECT tenant_id, gen_random_uuid(), person_id, 'third@customer.example', now()
        FROM addresses WHERE id = '{main}' RETURNING id""")
    world.call("removeAddress", me, {"id": other})
    world.call("getNotificationSettings", me)
    world.call("updateNotificationSettings", me, body={"digest": "daily", "digest_hour": 7})
    world.call("listSessions", me)
    world.call("listActivity", me)
    world.call("changePassword", me, body={"password": "seven quiet otters swim"})


def sessions(world):
    me = "sessions@customer.example"
    world.sign_in(me)
    world.tokens[me] = world.sign_in(me, count=2)["access_token"]
    items = world.call("listSessions", me).json()["items"]
    old = next(s["id"] for s in items if not s["is_current"])
    world.call("endSession", me, {"id": old})
    world.call("endOtherSessions", me)
    world.call("closeAccount", me, body={"confirm": "other@customer.example"}, want=422)
    world.call("closeAccount", me, body={"confirm": me})
    world.call("listSessions", me, want=401)


def keys(world):
    me = "keys@customer.example"
    made = world.call("createKey", me, body={
        "name": "sync", "scopes": ["tickets"], "read_only": True}).json()
    world.call("listKeys", me)
    world.call("revokeKey", me, {"id": made["id"]})


def two_factor(world):
    me = "codes@customer.example"
    world.call("getTwoFactor", me)
    secret = world.call("enableTwoFactor", me, body={}).json()["secret"]
    codes = world.call("enableTwoFactor", me,
                       body={"code": totp(secret)}).json()["recovery_codes"]
    codes = world.call("renewRecoveryCodes", me,
                       body={"code": codes[0]}).json()["recovery_codes"]
    world.call("disableTwoFactor", me, body={"code": "000000"}, want=422)
    world.call("disableTwoFactor", me, body={"code": codes[1]})


def opened(world, subject, text="It burns.", sender="ada@customer.example"):
    """The id of a ticket that came by mail."""
    world.desk.accept(harness.mail(subject=subject, text=text, sender=sender),
                      sender=sender)
    return harness.wait_until(lambda: world.desk.value(
        f"SELECT id FROM conversations WHERE subject = '{subject}'"), 20, subject)


def portal(world):
    me = "portal@customer.example"
    world.call("listTicketChoices", me)
    world.call("previewMarkdown", me, body={"markdown": "*so*"})
    form = ("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
            "Content-Type: text/plain\r\n\r\nwords\r\n--b--\r\n")
    multipart = {"Content-Type": "multipart/form-data; boundary=b"}
    files = [world.call("addUpload", me, data=form, headers=multipart).json()["id"]
             for _ in range(2)]
    world.call("removeUpload", me, {"id": files[1]})
    made = world.call("createTicket", me, body={
        "subject": "portal one", "text": "It *burns*.", "uploads": files[:1]},
        headers={"Idempotency-Key": "portal-1"}).json()
    again = world.call("createTicket", me, body={
        "subject": "portal one", "text": "It *burns*.", "uploads": files[:1]},
        headers={"Idempotency-Key": "portal-1"}).json()
    world.case.assertEqual(made, again)
    ticket = {"id": made["id"]}
    world.call("createTicket", me, body={"text": "no subject"}, want=422)
    world.call("listTickets", me)
    world.call("getTicket", me, ticket)
    world.call("markTicketRead", me, ticket)
    world.call("replyToTicket", me, ticket, body={"text": "And now?"})
    world.call("escalateTicket", me, ticket, body={"reason": "It still burns."})
    world.call("replyToTicket", me, ticket, body={}, want=422)
    world.call("closeTicket", me, ticket, body={"text": "It is *out*."})
    world.call("rateTicket", me, ticket, body={"rating": 5, "comment": "Thanks"})
    world.call("reopenTicket", me, ticket)


def conversations(world):
    me = "talks@customer.example"
    made = world.call("startConversation", me, body={
        "subject": "a talk", "text": "Are you there?"}).json()
    talk = {"id": made["id"]}
    world.call("listConversations", me)
    world.call("getConversation", me, talk)
    world.call("addMessage", me, talk, body={"text": "Hello?"})
    world.call("markConversationRead", me, talk)
    world.call("archiveConversation", me, talk)


def texts(world):
    me = "texts@customer.example"
    text = {"title": "Address", "text": "Main street 1"}
    made = {"id": world.call("addText", me, body=text).json()["id"]}
    world.call("listTexts", me)
    tag = {"If-Match": world.call("getText", me, made).headers["ETag"]}
    world.call("changeText", me, made, body=text | {"text": "Side street 2"}, headers=tag)
    world.call("changeText", me, made, body=text, headers=tag, want=412)
    world.call("removeText", me, made, headers=tag, want=412)
    world.call("removeText", me, made)
    world.call("getText", me, made, want=404)


def exports(world):
    me = "exports@customer.example"
    made = world.call("requestExport", me).json()
    world.call("listExports", me)
    world.call("getExport", me, {"id": made["id"]})


def desk_reads(world):
    anna = "anna@desk.example"
    ticket = opened(world, "desk one")
    opened(world, "desk two")
    page = world.call("listDeskTickets", anna, query={"limit": 1}).json()
    world.call("listDeskTickets", anna, query={"limit": 1, "cursor": page["next"]})
    world.call("listDeskTickets", anna, query={"cursor": "bm8"}, want=422)
    world.call("searchDeskTickets", anna, query={"q": "burns"})
    world.call("searchDeskTickets", anna, want=422)
    said = world.call("getDeskTicket", anna, {"id": ticket}).json()["messages"]
    world.call("getDeskFile", anna, {"id": said[0]["id"], "ordinal": 0})
    world.call("getDeskFile", anna, {"id": said[0]["id"], "ordinal": 99}, want=404)
    world.call("getDeskTicket", anna, {"id": "019367a0-0000-7000-8000-000000000000"},
               want=404)
    for operation in ("listQueues", "listAgents", "listTeams"):
        world.call(operation, anna)


def desk_changes(world):
    anna, ticket = "anna@desk.example", {"id": opened(world, "desk three")}
    other = opened(world, "desk four")
    world.call("assignDeskTicket", anna, ticket, body={"owner": "me"})
    world.call("setDeskTicketPriority", anna, ticket, body={"priority": "high"})
    world.call("tagDeskTicket", anna, ticket, body={"add": ["vip"]})
    world.call("noteOnDeskTicket", anna, ticket, body={"text": "Call them."})
    said = world.call("replyToDeskTicket", anna, ticket, body={"text": "Is it off?"}).json()
    world.call("linkDeskTicket", anna, ticket, body={"to": other})
    world.call("linkDeskTicket", anna, ticket, body={"to": ticket["id"]}, want=409)
    world.call("setDeskTicketStatus", anna, ticket, body={"status": "resolved"})
    world.call("setDeskTicketStatus", anna, ticket, body={"status": "open"},
               headers={"If-Match": '"another"'}, want=412)
    world.call("splitDeskTicket", anna, ticket, body={
        "message": said["messages"][-1]["id"], "alone": True, "subject": "apart"})
    world.call("mergeDeskTicket", anna, ticket, body={"into": other})


def notifications(world):
    me = "told@customer.example"
    for subject in ("told one", "told two"):
        opened(world, subject, sender=me)
    first = world.call("listNotifications", me, query={"limit": 1}).json()
    second = world.call("listNotifications", me, query={"limit": 1, "unread": "true",
                                                        "cursor": first["next"]}).json()
    one = {"id": first["items"][0]["id"]}
    world.case.assertNotEqual(one["id"], second["items"][0]["id"])
    world.call("listNotifications", me, query={"cursor": "bm8"}, want=422)
    world.call("readNotification", me, one)
    world.call("readNotification", "keys@customer.example", one, want=404)
    world.call("readAllNotifications", me)
    world.call("listNotifications", "anna@desk.example")


def administration(world):
    zoe = "zoe@desk.example"
    world.desk.maild("add", "admin", zoe, "--tenant", "desk.example", "--name", "Zoe")
    world.call("getOverview", zoe)
    made = world.call("addAnnouncement", zoe, body={
        "kind": "news", "title": "We moved", "text": "To main street.",
        "ends_at": "2099-01-01T00:00:00+01:00"})
    one = {"id": made.json()["id"]}
    world.case.assertTrue(made.headers["Location"].endswith(one["id"]))
    world.call("addAnnouncement", zoe, body={
        "kind": "maintenance", "title": "Works", "text": "On Sunday.",
        "starts_at": "2098-01-01T00:00:00Z"})
    world.call("addAnnouncement", zoe, want=422, body={
        "kind": "news", "title": "T", "text": "x", "ends_at": "2000-01-01T00:00:00Z"})
    page = world.call("listAnnouncements", zoe, query={"limit": 1}).json()
    world.case.assertEqual([a["title"] for a in page["items"]], ["Works"])
    page = world.call("listAnnouncements", zoe,
                      query={"limit": 1, "cursor": page["next"]}).json()
    world.case.assertEqual(([a["title"] for a in page["items"]], page["next"]),
                           (["We moved"], None))
    tag = {"If-Match": world.call("getAnnouncement", zoe, one).headers["ETag"]}
    changed = world.call("changeAnnouncement", zoe, one, body={"text": "To the hill."},
                         headers=tag).json()
    world.case.assertEqual((changed["title"], changed["text"], changed["ends_at"]),
                           ("We moved", "To the hill.", "2098-12-31T23:00:00Z"))
    world.call("changeAnnouncement", zoe, one, body={"title": "x"}, headers=tag, want=412)
    world.call("changeAnnouncement", zoe, one, body={"starts_at": "2099-06-01T00:00:00Z"},
               want=422)
    world.call("removeAnnouncement", zoe, one, headers=tag, want=412)
    world.call("removeAnnouncement", zoe, one)
    world.call("removeAnnouncement", zoe, one, want=404)
    people(world, zoe)


def people(world, zoe):
    seen, cursor = [], None
    while True:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = world.call("listPeople", zoe, query=query).json()
        seen += [p["address"] for p in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    world.case.assertEqual(len(seen), len(set(seen)))
    world.case.assertEqual(len(seen), world.desk.value("SELECT count(*) FROM people"))
    team = world.desk.value("SELECT id FROM teams LIMIT 1")
    made = world.call("addAgent", zoe, body={"address": "Carl@Desk.example",
                                             "name": "Carl", "team": str(team)}).json()
    world.case.assertEqual([t["id"] for t in made["teams"]], [str(team)])
    world.call("addAgent", zoe, body={"address": "none"}, want=422)
    world.call("addAgent", zoe, want=409, body={
        "address": "dora@desk.example", "team": "019367a0-0000-7000-8000-000000000000"})
    carl = {"id": made["id"]}
    tag = {"If-Match": world.call("getPerson", zoe, carl).headers["ETag"]}
    world.call("setRole", zoe, carl, body={"role": "customer"}, headers=tag)
    world.call("setRole", zoe, carl, body={"role": "agent"}, headers=tag, want=412)
    found = world.call("listPeople", zoe, query={"role": "admin", "q": "zoe"}).json()
    me = {"id": found["items"][0]["id"]}
    world.call("setRole", zoe, me, body={"role": "agent"}, want=409)
    world.call("setRole", zoe, {"id": "019367a0-0000-7000-8000-000000000000"},
               body={"role": "agent"}, want=404)


ALL = [tokens, account, sessions, keys, two_factor, portal, conversations, texts, exports,
       desk_reads, desk_changes, notifications, administration]
