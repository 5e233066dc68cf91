/*
 * limits: every bound on what others may give us or take from us, with its reason.
 *
 * The front door protects the house: a bound that is passed is an answer to the peer or a
 * note on the message, never a crash, and never a loss of what was already accepted.
 */
#pragma once

/* --- mail in ---------------------------------------------------------------------- */

/* A message, in bytes, as SIZE says it in LHLO (RFC 1870). Large providers refuse above
   25–50 MB; the raw bytes pass through memory once in a door and once in ingest. The
   configuration may lower it. */
#define LIMIT_MESSAGE_BYTES (50u << 20)

/* A command line without its CR LF. RFC 5321 §4.5.3.1.4 asks for 512; SMTPUTF8 and
   parameters of MAIL want more (RFC 1869, RFC 6531 add about 500). */
#define LIMIT_LMTP_LINE 2048

/* Recipients of one LMTP transaction: RFC 5321 §4.5.3.1.8 asks for at least 100; Postfix
   sends 50 a transaction. */
#define LIMIT_LMTP_RECIPIENTS 1000

/* Connections at once; an MTA uses about 20 a destination. */
#define LIMIT_LMTP_CONNECTIONS 256

/* Bytes of messages received but not yet committed, all connections together. Beyond it
   the server stops reading: the senders' TCP windows do the rest. */
#define LIMIT_LMTP_BYTES_IN_FLIGHT (128u << 20)

/* One commit of the LMTP server: rows, and bytes unless one row alone has more. A batch is
   copied once by libpq, and what is in it waits for all of it. */
#define LIMIT_LMTP_BATCH_ROWS 256
#define LIMIT_LMTP_BATCH_BYTES (8u << 20)

/* Seconds without an answer to a commit after which its connection is given up; the
   statement's own timeout comes first where the server is alive. */
#define LIMIT_LMTP_COMMIT_SECONDS 60

/* Seconds that a client may be silent between commands (RFC 5321 §4.5.3.2.7 asks for 5
   minutes), and within a message or while replies wait for it. */
#define LIMIT_LMTP_IDLE_SECONDS 300
#define LIMIT_LMTP_STALL_SECONDS 180

/* Seconds that a client may take to finish its message once we shut down. */
#define LIMIT_LMTP_FINISH_SECONDS 5

/* Addresses whose tenant is remembered, and for how many seconds; every notification has
   a reply address of its own, so this is a help for bursts only. */
#define LIMIT_LMTP_ROUTES 4096
#define LIMIT_LMTP_ROUTE_SECONDS 5

/* Commands in error before we hang up (a peer that speaks HTTP, or guesses addresses). */
#define LIMIT_LMTP_ERRORS 50

/* An address: local part 64, domain 255, '@' (RFC 5321 §4.5.3.1), and the angle brackets. */
#define LIMIT_ADDRESS_BYTES 320

/* What is read of a header block, and how many fields of it. Mail from the field stays
   under 64 kB; Exchange stops at 64 k, sendmail at 32 k. */
#define LIMIT_HEADER_BYTES (256u << 10)
#define LIMIT_HEADER_FIELDS 1000

/* Parts, and how deep they may stand in each other. GMime keeps an object a part (a 9 MB
   mail of a million empty parts took 1.4 GB); real mail stays under 100 parts, 10 deep. */
#define LIMIT_PARTS 1000
#define LIMIT_PART_DEPTH 50

/* Addresses read of one mail's From, To and Cc; people we would make of them is less. */
#define LIMIT_ADDRESSES 200
#define LIMIT_NEW_PARTICIPANTS 40

/* Message-IDs read of References and In-Reply-To; the first and the last ones count. */
#define LIMIT_REFERENCES 100

/* A Message-ID: RFC 5322 §2.1.1 bounds the line it stands on. */
#define LIMIT_MESSAGE_ID_BYTES 998

/* Of the name of a transfer encoding: the longest that means anything is
   "quoted-printable"; the rest is shown to who asks what the mail said. */
#define LIMIT_ENCODING_BYTES 64

/* Characters of a subject that are kept; the whole stays in the raw message. */
#define LIMIT_SUBJECT_CHARS 998

/* Parameters read of a Content-Type or Content-Disposition: file names stay under 255
   bytes, nine bytes each when they are encoded. */
#define LIMIT_PARAMETER_BYTES (8u << 10)

/* Bytes of text, of all its parts together, that are kept beside the raw message to be
   shown and searched; what has no room in it stays a file. */
#define LIMIT_TEXT_BYTES (1u << 20)

/* An invitation: lines that are read of it (Exchange sends about 60, whole calendars have
   tens of thousands, and only the first event is looked at), and bytes of one value. */
#define LIMIT_CALENDAR_LINES 10000
#define LIMIT_CALENDAR_VALUE_BYTES (8u << 10)

/* Messages in messages within a winmail.dat; every byte is read once for each. */
#define LIMIT_TNEF_DEPTH 5

/* The RTF body of a winmail.dat, unpacked (17 bytes may become 144); Outlook's are about
   three times the text. Groups in each other: Word stays under 30. */
#define LIMIT_RTF_BYTES (4u << 20)
#define LIMIT_RTF_DEPTH 200

/* Of a mail's HTML, all its parts together, and of what is parsed after comments, styles
   and scripts are gone. Mail clients clip far below (Gmail at 102 kB); Gumbo takes half a
   second for 2 MB. */
#define LIMIT_HTML_BYTES (2u << 20)

/* Elements in each other, and tags in all. Browsers stop nesting at 512, real newsletters
   stay under 100; Gumbo's time grows with the square of the depth. */
#define LIMIT_HTML_DEPTH 256
#define LIMIT_HTML_TAGS 50000

/* Attributes of one tag, and bytes of one attribute's value: a data: picture is the only
   long one, and a signature's logo stays under 100 kB. */
#define LIMIT_HTML_ATTRIBUTES 64
#define LIMIT_HTML_ATTRIBUTE_BYTES (256u << 10)

/* What html_text shows of a picture's alternative text and of a link's address: trackers'
   addresses of kilobytes are no reading. */
#define LIMIT_HTML_ALT_BYTES 1000
#define LIMIT_HTML_LINK_BYTES 500

/* One style attribute and one value in it, as written by us; an address in a link. Longer
   ones are no layout and no link that works: browsers and proxies stop at 2–8 kB. */
#define LIMIT_CSS_BYTES 4000
#define LIMIT_CSS_VALUE_BYTES 400
#define LIMIT_URL_BYTES 8000

/* Markdown that is read as such; a long reply has 10 kB. What is pasted beyond it is shown as
   plain text: md4c's time is not linear over everything that can be made up. */
#define LIMIT_MARKDOWN_BYTES (128u << 10)

/* Rules read of a mail's style sheets, and bytes of style that all elements together get of
   them: real newsletters stay under 300 rules and 100 kB. */
#define LIMIT_SHEET_RULES 5000
#define LIMIT_SHEET_BYTES (512u << 10)

/* Bytes of earlier texts that a mail is compared with; the newest are given first. */
#define LIMIT_KNOWN_BYTES (4u << 20)

/* What one ingest process may take for one message. The slowest real mail takes well
   under a second; the memory is twenty times the largest message's parse. */
#define LIMIT_INGEST_SECONDS 30
#define LIMIT_INGEST_MEMORY_BYTES (1024u << 20)

/* Tickets that the evidence of one mail may point to before the rest is not looked at. */
#define LIMIT_THREAD_CANDIDATES 8

/* Command lines at the top of an agent's mail; a mail of more is no list of commands. */
#define LIMIT_COMMANDS 20

/* Tags of a ticket, and bytes of one: words for finding it again, shown in one line. */
#define LIMIT_TAGS 50
#define LIMIT_TAG_BYTES 64

/* Tries before a message is set aside. */
#define LIMIT_INGEST_TRIES 3

/* Signatures and encryption in each other: signed, encrypted, signed again is the most that
   standards know (RFC 2634 §1.1). Keys that gpg gets for one mail: the sender's, the
   queue's and the authorities are a handful. */
#define LIMIT_CRYPTO_LAYERS 4
#define LIMIT_CRYPTO_KEYS 100

/* What one mail may take in the crypto job, and how long ingest waits for that before the
   mail becomes a ticket unopened. gpg and gpgsm take about 0.2 s, 1 s for 50 MB. */
#define LIMIT_CRYPTO_SECONDS 60
#define LIMIT_CRYPTO_WAIT_SECONDS 600

/* A file with a key; one with many signatures of others has reached 200 kB. */
#define LIMIT_KEY_FILE_BYTES (1u << 20)

/* What an IMAP server may send for one command beside the literals that were asked for:
   a SEARCH answer of LIMIT_IMAP_WINDOW numbers of ten digits, and a good margin. */
#define LIMIT_IMAP_ANSWER_BYTES (2u << 20)

/* Messages that are looked at with one SEARCH. */
#define LIMIT_IMAP_WINDOW 50000

/* Parentheses in each other in an answer. We ask for nothing above 3; libetpan reads them
   by recursion, and a server that sends two million would end the process. */
#define LIMIT_IMAP_DEPTH 32

/* Messages, and bytes of messages, fetched with one command and committed together. One
   message alone may be larger. */
#define LIMIT_IMAP_BATCH 200
#define LIMIT_IMAP_BATCH_BYTES (8u << 20)

/* How long a server may take for one command, a fetch gets a second more for every 16 kB;
   and one of its addresses to be connected to. */
#define LIMIT_IMAP_SECONDS 60
#define LIMIT_IMAP_CONNECT_SECONDS 15

/* --- mail out --------------------------------------------------------------------- */

/* Attachments passed on in a notification; above it they become signed links. Many
   providers take 10 MB a message with certainty, base64 makes 4/3 of it. */
#define LIMIT_ATTACHED_BYTES (7u << 20)

/* Characters of the message that a mail of ours carries, and of an earlier one quoted below
   it. Escaped for HTML six times as long, they still fit LIMIT_TEMPLATE_OUTPUT. */
#define LIMIT_CARRIED_CHARS 300000
#define LIMIT_QUOTED_CHARS 10000

/* Mails that a sender claims and renders with one commit: enough to make its cost small,
   few enough to be sent well within the lease. */
#define LIMIT_SEND_BATCH 16

/* Tries in a row that ended because the sender did, before the mail is taken for what ends
   it. A restart in the middle of a mail counts as one, too. */
#define LIMIT_SEND_LOST_TRIES 5

/* A relay's reply, as it is kept with the mail; RFC 5321 §4.5.3.1.5 gives a line 512. */
#define LIMIT_REPLY_BYTES 2000

/* Seconds until a connection to a relay stands; it often has several addresses. */
#define LIMIT_SMTP_CONNECT_SECONDS 30

/* References of what we send, in characters: relays have refused longer header blocks. */
#define LIMIT_REFERENCES_OUT 1500

/* How long a capability holds: a reply address, a link to an attachment. */
#define LIMIT_REPLY_DAYS 365
#define LIMIT_LINK_DAYS 30

/* How long the link to its ticket holds that a mail to a customer carries. */
#define LIMIT_VIEW_DAYS 90

/* Notices that one mail tells together; more are counted. */
#define LIMIT_DIGEST_ITEMS 50

/* Alarms of one subject that the administrator is sent in an hour: whoever floods us with
   mail that can't be read shall not flood them. `maild status` has the whole count. */
#define LIMIT_ALARMS_PER_HOUR 10

/* --- written on the web ----------------------------------------------------------- */

/* A message's words: a mail of ours carries LIMIT_CARRIED_CHARS of them. A subject: the
   widest that a list can show. Files: mail providers take 20 to 25 MB, and base64 makes 4/3
   of them, within LIMIT_MESSAGE_BYTES. */
#define LIMIT_POST_BYTES 200000
#define LIMIT_POST_SUBJECT_CHARS 255
#define LIMIT_POST_FILES 20
#define LIMIT_POST_FILE_BYTES (25 << 20)

/* Files that wait for a message, of one person: those of a few messages at once. */
#define LIMIT_UPLOADS 60
#define LIMIT_UPLOAD_BYTES (3 * LIMIT_POST_FILE_BYTES)

/* A customer's own texts: a menu of what they write again and again. */
#define LIMIT_CUSTOMER_TEXTS 50
#define LIMIT_TEXT_TITLE_CHARS 100
#define LIMIT_CUSTOMER_TEXT_CHARS 20000

/* Rows of a page of a list: as many as nobody asked otherwise, and at most. */
#define LIMIT_PAGE_ROWS 25
#define LIMIT_PAGE_ROWS_MAX 100

/* What the bell on a page counts to: nobody asks how many exactly when there are more. */
#define LIMIT_BADGE 99

/* Words with a rating, or with the wish that a ticket be looked at soon. */
#define LIMIT_WISH_CHARS 2000

/* --- documents -------------------------------------------------------------------- */

/* Pages of one ticket's PDF: about 1.5 MB of text, some seconds. Longer tickets are whole in
   their mbox. */
#define LIMIT_PAPER_PAGES 500

/* Mails of one ticket that are handed out as one mbox: they pass through memory. */
#define LIMIT_MBOX_BYTES (100 << 20)

/* The archive of all that the desk has of a person: what comes after is counted and said.
   It is kept in the database for a week, so it can't be as large as one likes. */
#define LIMIT_EXPORT_BYTES (INT64_C(1) << 30)
#define LIMIT_EXPORT_FILES 50000

/* --- templates -------------------------------------------------------------------- */

#define LIMIT_TEMPLATE_BYTES (256u << 10)
#define LIMIT_TEMPLATE_DEPTH 64          /* sections, partials and blocks in each other */
#define LIMIT_TEMPLATE_OUTPUT (4u << 20) /* bytes rendered */
#define LIMIT_TEMPLATE_NAME 256          /* bytes of a name or a delimiter in a tag */

/* Operations of one rendering, a look at one level of the context counted as one. Our
   largest page takes some tens of thousands; partials that call each other twice, or lists
   in lists in lists, would otherwise take the depth's power of time for no output. */
#define LIMIT_TEMPLATE_STEPS (2u << 20)

/* --- HTTP out --------------------------------------------------------------------- */

/* A token endpoint's answer; Microsoft's tokens take about 3 kB. */
#define LIMIT_TOKEN_BYTES (64u << 10)
#define LIMIT_TOKEN_SECONDS 8 /* less than a job has to end when it is told to */

/* --- HTTP in ---------------------------------------------------------------------- */

/* Connections at once, and how long one may be silent (a browser holds it open idle). One
   takes about 2 kB until it says something; a file each. */
#define LIMIT_HTTP_CONNECTIONS 16384
#define LIMIT_HTTP_IDLE_SECONDS 30

/* Threads that read and write the sockets: most of what they do is wait, and with TLS one
   makes some hundred megabytes a second. Requests that wait for a worker: more are turned
   away at once, and so is one that waited longer than a person does. */
#define LIMIT_HTTP_SOCKET_THREADS 2u
#define LIMIT_HTTP_WAITING 1000
#define LIMIT_HTTP_WAIT_SECONDS 15

/* How long a client may take for the fields of a request, however it drips; for a body, or
   for taking the answer: that, and a second for so many bytes (a poor mobile line has
   20 kB/s). */
#define LIMIT_HTTP_FIELDS_SECONDS 15
#define LIMIT_HTTP_BODY_SECONDS 60
#define LIMIT_HTTP_BYTES_PER_SECOND 8192

/* Live pages: at once; how long one lasts before it has to show again who it is; between
   signs of life (proxies end silence after 60 s); events looked at once; what may wait
   for one page; how far behind an event's id may come to light. */
#define LIMIT_LIVE_FEEDS 8192
#define LIMIT_LIVE_SECONDS 300
#define LIMIT_LIVE_BEAT_SECONDS 15
#define LIMIT_LIVE_EVENTS 500

/* … by the thread that tells all pages, between two looks: 500 a second for the time that
   is read again (LIMIT_LIVE_OVERLAP_SECONDS); and the pause between looks. */
#define LIMIT_LIVE_LOOKED 5000
#define LIMIT_LIVE_PAUSE_US 100000
#define LIMIT_LIVE_WAITING_BYTES (64u << 10)
#define LIMIT_LIVE_OVERLAP_SECONDS 10

/* Request line and fields, of one connection; servers commonly take 8 to 16 kB. */
#define LIMIT_HTTP_HEADER_BYTES (32u << 10)

/* Fields of a header, a query, a form, a Cookie field; files of one form. Ours have under
   30, a form may have a tenant's own fields. */
#define LIMIT_HTTP_VALUES 200

/* A form's or a JSON document's words, without files: a message of LIMIT_TEXT_BYTES, each
   byte of it percent-encoded, and the other fields. */
#define LIMIT_HTTP_FORM_BYTES (4u << 20)

/* Nesting of JSON that is handed in; our deepest document has 6. jansson reads it by
   recursion. */
#define LIMIT_JSON_DEPTH 32

/* What is said to be wrong with one request, and bytes of a name that is shown with it:
   nobody mends more at once. */
#define LIMIT_FLAWS 20
#define LIMIT_FLAW_NAME 100

/* Schemas that are held beside the values of one body, each once: several for every value of
   the largest body that is no list of nothing. */
#define LIMIT_SCHEMA_STEPS 1000000

/* Items of a list's page, unless asked for; the schemas say how many may be asked for. */
#define LIMIT_LISTING 25

/* An Idempotency-Key, in characters; a UUID has 36. */
#define LIMIT_IDEMPOTENCY_KEY 255

/* A body above this waits in an unlinked file, not in memory. */
#define LIMIT_HTTP_MEMORY_BYTES (256u << 10)

/* What a browser calls itself, as it is kept; real ones stay under 250. */
#define LIMIT_DEVICE_CHARS 300

/* How long a browser stays signed in, used or not; unused it ends after 14 days. */
#define LIMIT_SESSION_DAYS 90

/* What is in hand may take this long to end when the server stops. */
#define LIMIT_HTTP_STOP_SECONDS 8

/* --- who is there ----------------------------------------------------------------- */

/* A password, in characters and (in its one Unicode form) in bytes: ten is what stands
   against guessing at a sign-in; nobody types a thousand. */
#define LIMIT_PASSWORD_CHARS 10
#define LIMIT_PASSWORD_BYTES 1000

/* Passwords that one process hashes at once (19 MiB and 20 ms each), and seconds that
   another one waits for its turn. */
#define LIMIT_PASSWORD_HASHES 4
#define LIMIT_PASSWORD_WAIT_SECONDS 3

/* Minutes that a mailed link, or the wait for a code, is good for; codes that may be typed
   for one; days that a program stays signed in. */
#define LIMIT_SIGN_IN_MINUTES 15
#define LIMIT_CODE_TRIES 5
#define LIMIT_REFRESH_DAYS 60

/* Seconds after which a file that could not be put together now is asked for again: most
   take less. */
#define LIMIT_PAPER_RETRY_SECONDS 5

/* Wrong passwords and codes of the last hour, for one address or from one network (an office
   has many people), after which passwords count only where their person was before. */
#define LIMIT_BARRED_ADDRESS 5
#define LIMIT_BARRED_NETWORK 20

/* Days in which an account that is to be closed can be kept by signing in; pages and mails
   say two weeks. */
#define LIMIT_CLOSE_DAYS 14

/* Minutes after a sign-in in which what guards the account can be changed. */
#define LIMIT_FRESH_MINUTES 15

/* A person's name and telephone number, as they give them; the name of a key. */
#define LIMIT_NAME_CHARS 200
#define LIMIT_PHONE_CHARS 50

/* Categories, own fields, options of one: a list that a person looks through. Characters of
   a label, and of the name that programs use. */
#define LIMIT_CHOICES 100
#define LIMIT_CHOICE_LABEL_CHARS 100
#define LIMIT_CHOICE_KEY_CHARS 40

/* Rows of the record as one file: a spreadsheet shows them, and memory holds some MB. */
#define LIMIT_AUDIT_CSV_ROWS 10000

/* Days after which a reply no longer opens a closed ticket again, and hours promised until
   the first answer, at most: ten years; a number that was mistyped. */
#define LIMIT_REOPEN_DAYS 3650
#define LIMIT_PROMISE_HOURS 8760

/* A form or a JSON body of settings: a thousand characters a field, escaped. */
#define LIMIT_SMALL_FORM_BYTES (32u << 10)

/* A tenant's welcome text and announcements: what a visitor reads before they begin. A logo
   of 40 px height takes some kB. */
#define LIMIT_WELCOME_CHARS 2000
#define LIMIT_ANNOUNCEMENT_CHARS 500
#define LIMIT_LOGO_BYTES (200u << 10)

/* API keys of one person, and addresses. */
#define LIMIT_KEYS 50
#define LIMIT_OWN_ADDRESSES 20

/* A signed access token (ours take about 500 bytes), and how long it holds. */
#define LIMIT_JWT_BYTES 2048
#define LIMIT_ACCESS_SECONDS 900

/* Steps of 30 seconds that a code may be early or late (RFC 6238 §5.2: one). */
#define LIMIT_TOTP_WINDOW 1

/* Codes for who lost the device that shows the others. */
#define LIMIT_RECOVERY_CODES 10

/* Characters of a path to go to after the sign-in. */
#define LIMIT_NEXT_BYTES 512

/* --- configuration, database ------------------------------------------------------ */

#define LIMIT_CONFIG_BYTES (1u << 20)
#define LIMIT_SECRET_BYTES 4096 /* OAuth2 refresh tokens of Microsoft take about 1,500 */
#define LIMIT_KEY_BYTES 32      /* at least: as long as what HMAC-SHA-256 gives */
#define LIMIT_TX_TRIES 5

/* --- processes -------------------------------------------------------------------- */

/* Address space and files of one process. The lmtp process holds what is in flight, twice
   while it is sent to the database; the others one message or one mail, in a few forms. */
#define LIMIT_LMTP_MEMORY_BYTES (1024u << 20)
#define LIMIT_JOB_MEMORY_BYTES (1024u << 20)
#define LIMIT_JOB_FILES 1024
