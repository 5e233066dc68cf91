-- The desk: who, mail in, what was said, tickets, mail out.
--
-- Every tenant's table carries tenant_id, first in its keys, and a policy that shows a
-- connection only the rows of the tenant it named (postern.tenant, set per transaction).
-- The daemons' roles own nothing and can't bypass a policy. What has to look over all
-- tenants (whose is this address, what is to be done next) is a function here that runs
-- as the owner and answers only that question.
--
-- tenant_id refers to tenants only where no other key of the row leads there: each such
-- check locks the tenant's row, and all mail of a tenant would meet there. inbound has
-- none at all: its tenant comes from queue_addresses, in the same breath.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postern_maild') THEN
        CREATE ROLE postern_maild LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postern_portald') THEN
        CREATE ROLE postern_portald LOGIN;
    END IF;
END
$$;

CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('postern.tenant', true), '')::uuid $$;
COMMENT ON FUNCTION current_tenant IS 'The tenant that this transaction works for';

-- ── who ───────────────────────────────────────────────────────────────────────────────

CREATE TABLE tenants (
    id          uuid PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9.-]{1,253}$'),
    title       text NOT NULL,
    locale      text NOT NULL DEFAULT 'en',
    settings    jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE tenants IS 'Companies on this installation; each sees only its own rows';
COMMENT ON COLUMN tenants.id IS 'UUIDv7, made by the program';
COMMENT ON COLUMN tenants.name IS 'Domain name that stands for the tenant, lower case';
COMMENT ON COLUMN tenants.title IS 'Name that people read';
COMMENT ON COLUMN tenants.locale IS 'Language of mail to people whose own is not known';
COMMENT ON COLUMN tenants.settings IS 'Choices that have no column of their own';
COMMENT ON COLUMN tenants.created_at IS 'When the row was made';

CREATE TABLE organizations (
    tenant_id  uuid NOT NULL REFERENCES tenants,
    id         uuid NOT NULL,
    name       text NOT NULL,
    domains    text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE organizations IS 'Companies that customers belong to';
COMMENT ON COLUMN organizations.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN organizations.id IS 'UUIDv7';
COMMENT ON COLUMN organizations.name IS 'Name that people read';
COMMENT ON COLUMN organizations.domains IS 'Mail domains whose people belong to it';
COMMENT ON COLUMN organizations.created_at IS 'When the row was made';

CREATE TABLE people (
    tenant_id       uuid NOT NULL REFERENCES tenants,
    id              uuid NOT NULL,
    name            text NOT NULL DEFAULT '',
    role            text NOT NULL DEFAULT 'customer'
                    CHECK (role IN ('customer', 'agent', 'admin')),
    locale          text,
    time_zone       text,
    organization_id uuid,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations
);
COMMENT ON TABLE people IS 'Everybody: customers, agents, admins; one may be several';
COMMENT ON COLUMN people.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN people.id IS 'UUIDv7';
COMMENT ON COLUMN people.name IS 'Display name, as last seen in mail or set by the person';
COMMENT ON COLUMN people.role IS 'The most this person may do; agents and admins may also be customers of a ticket';
COMMENT ON COLUMN people.locale IS 'Language of mail to this person; NULL: the tenant''s';
COMMENT ON COLUMN people.time_zone IS 'IANA name; NULL: UTC';
COMMENT ON COLUMN people.organization_id IS 'The company this person belongs to';
COMMENT ON COLUMN people.created_at IS 'When the row was made';

CREATE TABLE addresses (
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    person_id         uuid NOT NULL,
    address           text NOT NULL,
    verified_at       timestamptz,
    bounced_at        timestamptz,
    bounces           integer NOT NULL DEFAULT 0,
    suppressed_until  timestamptz,
    suppressed_reason text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, address),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
CREATE INDEX addresses_person ON addresses (tenant_id, person_id, created_at);
COMMENT ON TABLE addresses IS 'Mail addresses; a person has one or more';
COMMENT ON COLUMN addresses.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN addresses.id IS 'UUIDv7';
COMMENT ON COLUMN addresses.person_id IS 'Whose mailbox it is';
COMMENT ON COLUMN addresses.address IS 'Normalised: lower case, domain in A-label form';
COMMENT ON COLUMN addresses.verified_at IS 'When a capability sent there first came back';
COMMENT ON COLUMN addresses.bounced_at IS 'Newest permanent failure';
COMMENT ON COLUMN addresses.bounces IS 'Permanent failures since the last success';
COMMENT ON COLUMN addresses.suppressed_until IS 'No automatic mail to it before this time';
COMMENT ON COLUMN addresses.suppressed_reason IS 'Why not: status and text of the failure';
COMMENT ON COLUMN addresses.created_at IS 'When the row was made';

CREATE TABLE teams (
    tenant_id  uuid NOT NULL REFERENCES tenants,
    id         uuid NOT NULL,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
COMMENT ON TABLE teams IS 'Groups of agents';
COMMENT ON COLUMN teams.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN teams.id IS 'UUIDv7';
COMMENT ON COLUMN teams.name IS 'Name that people read';
COMMENT ON COLUMN teams.created_at IS 'When the row was made';

CREATE TABLE memberships (
    tenant_id  uuid NOT NULL,
    team_id    uuid NOT NULL,
    person_id  uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, team_id, person_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
COMMENT ON TABLE memberships IS 'Who is in which team';
COMMENT ON COLUMN memberships.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN memberships.team_id IS 'The team';
COMMENT ON COLUMN memberships.person_id IS 'The agent';
COMMENT ON COLUMN memberships.created_at IS 'Since when';

-- ── mail in ───────────────────────────────────────────────────────────────────────────

CREATE TABLE queues (
    tenant_id        uuid NOT NULL REFERENCES tenants,
    id               uuid NOT NULL,
    name             text NOT NULL,
    address          text NOT NULL,
    team_id          uuid NOT NULL,
    default_owner_id uuid,
    default_category text NOT NULL DEFAULT 'general',
    default_priority text NOT NULL DEFAULT 'normal'
                     CHECK (default_priority IN ('low', 'normal', 'high', 'urgent')),
    autoreply        boolean NOT NULL DEFAULT true,
    reopen_days      integer NOT NULL DEFAULT 30 CHECK (reopen_days >= 0),
    first_response   interval,
    resolution       interval,
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, address),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams,
    FOREIGN KEY (tenant_id, default_owner_id) REFERENCES people
);
COMMENT ON TABLE queues IS 'Where tickets come in, by one main address, and the policy there';
COMMENT ON COLUMN queues.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN queues.id IS 'UUIDv7';
COMMENT ON COLUMN queues.name IS 'Name that people read, also in From';
COMMENT ON COLUMN queues.address IS 'The address that answers come from';
COMMENT ON COLUMN queues.team_id IS 'The agents who are told of its tickets';
COMMENT ON COLUMN queues.default_owner_id IS 'Owner of a new ticket; NULL: nobody yet';
COMMENT ON COLUMN queues.default_category IS 'Category of a new ticket';
COMMENT ON COLUMN queues.default_priority IS 'Priority of a new ticket';
COMMENT ON COLUMN queues.autoreply IS 'Whether a new ticket is acknowledged by mail';
COMMENT ON COLUMN queues.reopen_days IS 'How long after it was closed a reply reopens a ticket; later it makes a new, linked one';
COMMENT ON COLUMN queues.first_response IS 'Time promised until the first answer';
COMMENT ON COLUMN queues.resolution IS 'Time promised until resolved';
COMMENT ON COLUMN queues.created_at IS 'When the row was made';

CREATE TABLE queue_addresses (
    address   text PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    queue_id  uuid NOT NULL,
    FOREIGN KEY (tenant_id, queue_id) REFERENCES queues ON DELETE CASCADE
);
CREATE INDEX queue_addresses_queue ON queue_addresses (tenant_id, queue_id);
COMMENT ON TABLE queue_addresses IS 'Every address that mail for a queue comes to; its main one too. One address has one queue on the whole installation';
COMMENT ON COLUMN queue_addresses.address IS 'Normalised';
COMMENT ON COLUMN queue_addresses.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN queue_addresses.queue_id IS 'Where its mail goes';

CREATE TABLE mailboxes (
    tenant_id            uuid NOT NULL,
    id                   uuid NOT NULL,
    queue_id             uuid NOT NULL,
    name                 text NOT NULL,
    uidvalidity          bigint NOT NULL DEFAULT 0,
    last_uid             bigint NOT NULL DEFAULT 0,
    done_uid             bigint NOT NULL DEFAULT 0,
    last_contact_at      timestamptz,
    failing_since        timestamptz,
    last_error           text,
    alarmed_at           timestamptz,
    sealed_refresh_token bytea,
    token_issued_at      timestamptz,
    lease_owner          text,
    lease_until          timestamptz,
    created_at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, queue_id) REFERENCES queues ON DELETE CASCADE
);
COMMENT ON TABLE mailboxes IS 'IMAP mailboxes that are read, and how far; how to reach them stands in the configuration';
COMMENT ON COLUMN mailboxes.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN mailboxes.id IS 'UUIDv7';
COMMENT ON COLUMN mailboxes.queue_id IS 'Where its mail goes';
COMMENT ON COLUMN mailboxes.name IS 'Name in the configuration';
COMMENT ON COLUMN mailboxes.uidvalidity IS 'UIDVALIDITY that the UIDs here belong to (RFC 3501 §2.3.1.1)';
COMMENT ON COLUMN mailboxes.last_uid IS 'Every message up to this UID is in inbound';
COMMENT ON COLUMN mailboxes.done_uid IS 'Up to here messages were also flagged, moved or deleted';
COMMENT ON COLUMN mailboxes.last_contact_at IS 'Last time the server answered';
COMMENT ON COLUMN mailboxes.failing_since IS 'Start of the present failure; NULL: all is well';
COMMENT ON COLUMN mailboxes.last_error IS 'What the failure was';
COMMENT ON COLUMN mailboxes.alarmed_at IS 'When the administrator was last told';
COMMENT ON COLUMN mailboxes.sealed_refresh_token IS 'OAuth refresh token that replaced the configured one, sealed with the installation''s secret';
COMMENT ON COLUMN mailboxes.token_issued_at IS 'When that token was given to us';
COMMENT ON COLUMN mailboxes.lease_owner IS 'The process that reads it now';
COMMENT ON COLUMN mailboxes.lease_until IS 'Until when, unless renewed';
COMMENT ON COLUMN mailboxes.created_at IS 'When the row was made';

CREATE TABLE inbound (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    door          text NOT NULL CHECK (door IN ('lmtp', 'imap', 'portal', 'api', 'import')),
    mailbox_id    uuid,
    peer          text,
    envelope_from text,
    recipients    text[] NOT NULL DEFAULT '{}',
    received_at   timestamptz NOT NULL DEFAULT now(),
    size          bigint NOT NULL,
    truncated     boolean NOT NULL DEFAULT false,
    state         text NOT NULL DEFAULT 'new'
                  CHECK (state IN ('new', 'done', 'ignored', 'quarantined')),
    result        text,
    reason        text,
    tries         integer NOT NULL DEFAULT 0,
    next_at       timestamptz NOT NULL DEFAULT now(),
    claimed_by    text,
    claimed_until timestamptz,
    finished_at   timestamptz,
    raw           bytea COMPRESSION lz4 NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, toast_tuple_target = 256);
CREATE INDEX inbound_waiting ON inbound (received_at, id) WHERE state = 'new';
CREATE INDEX inbound_quarantined ON inbound (tenant_id, received_at)
    WHERE state = 'quarantined';
COMMENT ON TABLE inbound IS 'Everything that came in through any door, as raw RFC 5322 bytes: the only copy. Also the queue of what is to be read';
COMMENT ON COLUMN inbound.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN inbound.id IS 'UUIDv7';
COMMENT ON COLUMN inbound.door IS 'Through which door it came';
COMMENT ON COLUMN inbound.mailbox_id IS 'The IMAP mailbox it was read from';
COMMENT ON COLUMN inbound.peer IS 'Who handed it to us: address of the LMTP client, the IMAP server''s name';
COMMENT ON COLUMN inbound.envelope_from IS 'Reverse path (RFC 5321); empty for the null path';
COMMENT ON COLUMN inbound.recipients IS 'Forward paths that are this tenant''s';
COMMENT ON COLUMN inbound.received_at IS 'When we took it';
COMMENT ON COLUMN inbound.size IS 'Bytes of the whole message, also where only its header was kept';
COMMENT ON COLUMN inbound.truncated IS 'It was over the limit: raw holds the header and a note';
COMMENT ON COLUMN inbound.state IS 'new: to be read; done; ignored: kept, not made into anything; quarantined: could not be read';
COMMENT ON COLUMN inbound.result IS 'What it became: applied, duplicate, …';
COMMENT ON COLUMN inbound.reason IS 'Why it was ignored or quarantined';
COMMENT ON COLUMN inbound.tries IS 'How often reading it was begun';
COMMENT ON COLUMN inbound.next_at IS 'Not before this time';
COMMENT ON COLUMN inbound.claimed_by IS 'The worker that reads it';
COMMENT ON COLUMN inbound.claimed_until IS 'When the claim runs out if the worker is never heard of again';
COMMENT ON COLUMN inbound.finished_at IS 'When it was done, ignored or quarantined';
COMMENT ON COLUMN inbound.raw IS 'The bytes as received, trace headers of ours on top';

-- ── what was said ─────────────────────────────────────────────────────────────────────

CREATE TABLE conversations (
    tenant_id   uuid NOT NULL REFERENCES tenants,
    id          uuid NOT NULL,
    queue_id    uuid NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('mail', 'portal', 'chat', 'sms', 'api')),
    subject     text NOT NULL,
    thread_index text,
    thread_topic text,
    merged_into uuid,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, queue_id) REFERENCES queues,
    FOREIGN KEY (tenant_id, merged_into) REFERENCES conversations
);
CREATE INDEX conversations_updated ON conversations (tenant_id, updated_at);
COMMENT ON TABLE conversations IS 'A subject, people and messages, whatever the channel';
COMMENT ON COLUMN conversations.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN conversations.id IS 'UUIDv7';
COMMENT ON COLUMN conversations.queue_id IS 'The queue whose address it is answered from';
COMMENT ON COLUMN conversations.channel IS 'How it began';
COMMENT ON COLUMN conversations.subject IS 'As the first message had it';
COMMENT ON COLUMN conversations.thread_index IS 'Outlook''s Thread-Index of the customer''s newest mail, copied into what we send';
COMMENT ON COLUMN conversations.thread_topic IS 'Outlook''s Thread-Topic, likewise';
COMMENT ON COLUMN conversations.merged_into IS 'The conversation that took over this one';
COMMENT ON COLUMN conversations.created_at IS 'When it began';
COMMENT ON COLUMN conversations.updated_at IS 'When something last happened in it';

CREATE TABLE conversation_queues (
    tenant_id       uuid NOT NULL,
    conversation_id uuid NOT NULL,
    queue_id        uuid NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, queue_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, queue_id) REFERENCES queues
);
COMMENT ON TABLE conversation_queues IS 'Every queue that was written to; all their teams see the conversation';
COMMENT ON COLUMN conversation_queues.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN conversation_queues.conversation_id IS 'The conversation';
COMMENT ON COLUMN conversation_queues.queue_id IS 'The queue';

CREATE TABLE tickets (
    tenant_id            uuid NOT NULL,
    id                   uuid NOT NULL,
    number               bigint NOT NULL,
    status               text NOT NULL DEFAULT 'open' CHECK (status IN
                         ('open', 'in_progress', 'waiting_customer', 'resolved', 'closed')),
    priority             text NOT NULL DEFAULT 'normal'
                         CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    category             text NOT NULL DEFAULT 'general',
    source               text NOT NULL CHECK (source IN ('email', 'portal', 'chat', 'api')),
    requester_id         uuid NOT NULL,
    owner_id             uuid,
    team_id              uuid,
    sla_due_at           timestamptz,
    first_response_at    timestamptz,
    resolved_at          timestamptz,
    closed_at            timestamptz,
    snoozed_until        timestamptz,
    satisfaction_rating  integer CHECK (satisfaction_rating BETWEEN 1 AND 5),
    satisfaction_comment text,
    tags                 text[] NOT NULL DEFAULT '{}',
    custom_fields        jsonb NOT NULL DEFAULT '{}',
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, id) REFERENCES conversations ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, requester_id) REFERENCES people,
    FOREIGN KEY (tenant_id, owner_id) REFERENCES people,
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams
);
CREATE INDEX tickets_requester ON tickets (tenant_id, requester_id, created_at);
CREATE INDEX tickets_open ON tickets (tenant_id, status, updated_at)
    WHERE status NOT IN ('resolved', 'closed');
COMMENT ON TABLE tickets IS 'A conversation with a workflow; its id is the conversation''s';
COMMENT ON COLUMN tickets.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN tickets.id IS 'The conversation''s id';
COMMENT ON COLUMN tickets.number IS 'Short number that people say, per tenant';
COMMENT ON COLUMN tickets.status IS 'Where in the workflow';
COMMENT ON COLUMN tickets.priority IS 'How urgent';
COMMENT ON COLUMN tickets.category IS 'What about: billing, technical, general, feature_request or the tenant''s own';
COMMENT ON COLUMN tickets.source IS 'Through what it was opened';
COMMENT ON COLUMN tickets.requester_id IS 'The customer whose ticket it is';
COMMENT ON COLUMN tickets.owner_id IS 'The agent who answers for it';
COMMENT ON COLUMN tickets.team_id IS 'The team it lies with';
COMMENT ON COLUMN tickets.sla_due_at IS 'When the next promise falls due';
COMMENT ON COLUMN tickets.first_response_at IS 'When an agent first answered';
COMMENT ON COLUMN tickets.resolved_at IS 'When it was last resolved';
COMMENT ON COLUMN tickets.closed_at IS 'When it was last closed';
COMMENT ON COLUMN tickets.snoozed_until IS 'Out of sight until then';
COMMENT ON COLUMN tickets.satisfaction_rating IS 'The customer''s rating, 1 to 5';
COMMENT ON COLUMN tickets.satisfaction_comment IS 'and the words with it';
COMMENT ON COLUMN tickets.tags IS 'Free words for finding it again';
COMMENT ON COLUMN tickets.custom_fields IS 'The tenant''s own fields';
COMMENT ON COLUMN tickets.created_at IS 'When it was opened';
COMMENT ON COLUMN tickets.updated_at IS 'When it last changed';

CREATE TABLE ticket_links (
    tenant_id  uuid NOT NULL,
    from_id    uuid NOT NULL,
    to_id      uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('related', 'follow_up', 'merged', 'split')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, from_id, to_id, kind),
    FOREIGN KEY (tenant_id, from_id) REFERENCES tickets ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, to_id) REFERENCES tickets ON DELETE CASCADE
);
COMMENT ON TABLE ticket_links IS 'Tickets that belong together';
COMMENT ON COLUMN ticket_links.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN ticket_links.from_id IS 'The later ticket';
COMMENT ON COLUMN ticket_links.to_id IS 'The one it points to';
COMMENT ON COLUMN ticket_links.kind IS 'How they belong together';
COMMENT ON COLUMN ticket_links.created_at IS 'When they were linked';

CREATE TABLE participants (
    tenant_id       uuid NOT NULL,
    conversation_id uuid NOT NULL,
    person_id       uuid NOT NULL,
    address_id      uuid NOT NULL,
    role            text NOT NULL CHECK (role IN ('requester', 'cc', 'watcher')),
    evidence        text,
    last_read_at    timestamptz,
    joined_at       timestamptz NOT NULL DEFAULT now(),
    left_at         timestamptz,
    PRIMARY KEY (tenant_id, conversation_id, person_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, person_id) REFERENCES people,
    FOREIGN KEY (tenant_id, address_id) REFERENCES addresses
);
CREATE INDEX participants_person ON participants (tenant_id, person_id);
COMMENT ON TABLE participants IS 'Who takes part in a conversation from outside, and agents who watch it';
COMMENT ON COLUMN participants.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN participants.conversation_id IS 'The conversation';
COMMENT ON COLUMN participants.person_id IS 'Who';
COMMENT ON COLUMN participants.address_id IS 'The address they take part with';
COMMENT ON COLUMN participants.role IS 'requester: whose ticket it is; cc: reads and may answer; watcher: an agent who wants to know';
COMMENT ON COLUMN participants.evidence IS 'What brought them in';
COMMENT ON COLUMN participants.last_read_at IS 'Up to when they have read';
COMMENT ON COLUMN participants.joined_at IS 'Since when';
COMMENT ON COLUMN participants.left_at IS 'Until when; NULL: still here';

CREATE TABLE messages (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    conversation_id uuid NOT NULL,
    inbound_id      uuid NOT NULL,
    author_id       uuid NOT NULL,
    author_address  text NOT NULL,
    author_role     text NOT NULL CHECK (author_role IN ('customer', 'agent')),
    is_note         boolean NOT NULL DEFAULT false,
    message_id      text NOT NULL,
    body_sha256     bytea NOT NULL,
    subject         text NOT NULL,
    text            text NOT NULL,
    full_text       text,
    auto            text NOT NULL DEFAULT 'none' CHECK (auto IN
                    ('none', 'auto-replied', 'auto-generated', 'bulk', 'list', 'loop')),
    evidence        jsonb NOT NULL DEFAULT '{}',
    sent_at         timestamptz,
    received_at     timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, inbound_id) REFERENCES inbound,
    FOREIGN KEY (tenant_id, author_id) REFERENCES people
);
CREATE INDEX messages_conversation ON messages (tenant_id, conversation_id, received_at, id);
CREATE INDEX messages_message_id ON messages (tenant_id, message_id);
CREATE INDEX messages_inbound ON messages (tenant_id, inbound_id);
COMMENT ON TABLE messages IS 'What was said; an index over the raw bytes in inbound';
COMMENT ON COLUMN messages.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN messages.id IS 'UUIDv7';
COMMENT ON COLUMN messages.conversation_id IS 'Where it was said';
COMMENT ON COLUMN messages.inbound_id IS 'The raw message';
COMMENT ON COLUMN messages.author_id IS 'Who said it';
COMMENT ON COLUMN messages.author_address IS 'From which address, as the mail has it';
COMMENT ON COLUMN messages.author_role IS 'In which role they spoke here';
COMMENT ON COLUMN messages.is_note IS 'Internal: never shown to customers';
COMMENT ON COLUMN messages.message_id IS 'RFC 5322 Message-ID without brackets, or one derived from the bytes';
COMMENT ON COLUMN messages.body_sha256 IS 'Digest of the bytes behind the header: with the Message-ID it tells a second copy';
COMMENT ON COLUMN messages.subject IS 'Subject of this message';
COMMENT ON COLUMN messages.text IS 'The new words, without quotes and signature';
COMMENT ON COLUMN messages.full_text IS 'All the text, where it differs';
COMMENT ON COLUMN messages.auto IS 'Whether a machine wrote it (RFC 3834)';
COMMENT ON COLUMN messages.evidence IS 'Why it is in this conversation and by this author';
COMMENT ON COLUMN messages.sent_at IS 'Its Date, as the sender''s clock had it';
COMMENT ON COLUMN messages.received_at IS 'When we took it';
COMMENT ON COLUMN messages.created_at IS 'When the row was made';

CREATE TABLE parts (
    tenant_id    uuid NOT NULL,
    message_id   uuid NOT NULL,
    ordinal      integer NOT NULL,
    path         text NOT NULL,
    content_type text NOT NULL,
    charset      text,
    encoding     text NOT NULL,
    name         text,
    content_id   text,
    is_inline    boolean NOT NULL,
    is_body      boolean NOT NULL,
    raw_offset   bigint NOT NULL,
    raw_length   bigint NOT NULL,
    size         bigint NOT NULL,
    sha256       bytea NOT NULL,
    PRIMARY KEY (tenant_id, message_id, ordinal),
    FOREIGN KEY (tenant_id, message_id) REFERENCES messages ON DELETE CASCADE
);
COMMENT ON TABLE parts IS 'The MIME parts of a message: where they stand in the raw bytes and how to decode them';
COMMENT ON COLUMN parts.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN parts.message_id IS 'The message (messages.id)';
COMMENT ON COLUMN parts.ordinal IS 'Counting from 1 in the order of the message';
COMMENT ON COLUMN parts.path IS 'Part number as IMAP counts ("1.2")';
COMMENT ON COLUMN parts.content_type IS 'Media type, lower case';
COMMENT ON COLUMN parts.charset IS 'Charset parameter, for text';
COMMENT ON COLUMN parts.encoding IS 'Content-Transfer-Encoding';
COMMENT ON COLUMN parts.name IS 'File name';
COMMENT ON COLUMN parts.content_id IS 'Content-ID without brackets';
COMMENT ON COLUMN parts.is_inline IS 'Shown within the text, not as an attachment';
COMMENT ON COLUMN parts.is_body IS 'It is the text itself';
COMMENT ON COLUMN parts.raw_offset IS 'First byte of its content in inbound.raw';
COMMENT ON COLUMN parts.raw_length IS 'Bytes of its content there, still encoded';
COMMENT ON COLUMN parts.size IS 'Bytes decoded';
COMMENT ON COLUMN parts.sha256 IS 'Digest of the decoded bytes';

CREATE TABLE message_ids (
    tenant_id       uuid NOT NULL,
    message_id      text NOT NULL,
    conversation_id uuid NOT NULL,
    origin          text NOT NULL CHECK (origin IN ('received', 'sent', 'mentioned')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, message_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
COMMENT ON TABLE message_ids IS 'Every RFC 5322 Message-ID seen or sent and the conversation it belongs to';
COMMENT ON COLUMN message_ids.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN message_ids.message_id IS 'Without brackets';
COMMENT ON COLUMN message_ids.conversation_id IS 'Where it belongs';
COMMENT ON COLUMN message_ids.origin IS 'received by us, sent by us, or only mentioned in References of one received (mail between third parties)';
COMMENT ON COLUMN message_ids.created_at IS 'When we first saw it';

CREATE TABLE events (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    conversation_id uuid,
    kind            text NOT NULL,
    actor_id        uuid,
    door            text NOT NULL CHECK (door IN
                    ('lmtp', 'imap', 'portal', 'api', 'import', 'clock', 'send', 'admin')),
    message_id      uuid,
    before          jsonb,
    after           jsonb,
    detail          jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX events_conversation ON events (tenant_id, conversation_id, id);
COMMENT ON TABLE events IS 'Every change, append-only: audit log, timeline, webhooks and notifications read it';
COMMENT ON COLUMN events.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN events.id IS 'UUIDv7, in the order of happening';
COMMENT ON COLUMN events.conversation_id IS 'Where; NULL for what concerns the whole desk';
COMMENT ON COLUMN events.kind IS 'What: opened, customer_reply, answer, note, status, owner, …';
COMMENT ON COLUMN events.actor_id IS 'Who; NULL: the desk itself';
COMMENT ON COLUMN events.door IS 'Through which door';
COMMENT ON COLUMN events.message_id IS 'The message that did it (messages.id)';
COMMENT ON COLUMN events.before IS 'What changed, as it was';
COMMENT ON COLUMN events.after IS 'and as it is';
COMMENT ON COLUMN events.detail IS 'Whatever else explains it';
COMMENT ON COLUMN events.created_at IS 'When';

-- ── mail out ──────────────────────────────────────────────────────────────────────────

CREATE TABLE capabilities (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('reply', 'view', 'part')),
    conversation_id uuid NOT NULL,
    person_id       uuid NOT NULL,
    object_id       uuid,
    ordinal         integer,
    token_digest    bytea NOT NULL,
    expires_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    used_at         timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, person_id) REFERENCES people
);
CREATE UNIQUE INDEX capabilities_token ON capabilities (token_digest);
COMMENT ON TABLE capabilities IS 'What we gave to one person to come back with: a reply address, a link. The token itself is not stored; it is an HMAC over this row';
COMMENT ON COLUMN capabilities.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN capabilities.id IS 'UUIDv7';
COMMENT ON COLUMN capabilities.kind IS 'reply: an address; view: a link to the ticket; part: a link to an attachment';
COMMENT ON COLUMN capabilities.conversation_id IS 'What it opens';
COMMENT ON COLUMN capabilities.person_id IS 'To whom it was given';
COMMENT ON COLUMN capabilities.object_id IS 'part: the message (messages.id)';
COMMENT ON COLUMN capabilities.ordinal IS 'part: its number there';
COMMENT ON COLUMN capabilities.token_digest IS 'SHA-256 of the token, to find the row by';
COMMENT ON COLUMN capabilities.expires_at IS 'Not valid from then on';
COMMENT ON COLUMN capabilities.revoked_at IS 'Taken back';
COMMENT ON COLUMN capabilities.used_at IS 'When it first came back';
COMMENT ON COLUMN capabilities.created_at IS 'When the row was made';

CREATE TABLE outbox (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    conversation_id uuid,
    message_id      uuid,
    event_id        uuid,
    template        text NOT NULL,
    person_id       uuid,
    address         text NOT NULL,
    role            text NOT NULL CHECK (role IN ('requester', 'cc', 'watcher', 'owner',
                                                  'team', 'agent', 'administrator')),
    automatic       boolean NOT NULL,
    subject         text NOT NULL DEFAULT '',
    detail          jsonb NOT NULL DEFAULT '{}',
    capability_id   uuid,
    rfc_message_id  text,
    state           text NOT NULL DEFAULT 'queued' CHECK (state IN
                    ('queued', 'sending', 'sent', 'failed', 'cancelled')),
    next_at         timestamptz NOT NULL DEFAULT now(),
    tries           integer NOT NULL DEFAULT 0,
    claimed_by      text,
    claimed_until   timestamptz,
    bytes           bytea COMPRESSION lz4,
    envelope_from   text,
    relay           text,
    smtp_code       integer,
    enhanced_status text,
    reply           text,
    relay_queue_id  text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, message_id) REFERENCES messages ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, person_id) REFERENCES people,
    FOREIGN KEY (tenant_id, capability_id) REFERENCES capabilities
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX outbox_waiting ON outbox (next_at, id) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_conversation ON outbox (tenant_id, conversation_id, created_at);
CREATE INDEX outbox_message_id ON outbox (tenant_id, rfc_message_id);
CREATE INDEX outbox_capability ON outbox (tenant_id, capability_id);
CREATE INDEX outbox_address ON outbox (tenant_id, address, created_at) WHERE automatic;
COMMENT ON TABLE outbox IS 'What is to be sent, one row a recipient; then what became of it';
COMMENT ON COLUMN outbox.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN outbox.id IS 'UUIDv7';
COMMENT ON COLUMN outbox.conversation_id IS 'What it is about; NULL for alarms';
COMMENT ON COLUMN outbox.message_id IS 'The message it carries (messages.id)';
COMMENT ON COLUMN outbox.event_id IS 'The event that caused it (events.id)';
COMMENT ON COLUMN outbox.template IS 'Name of the template it is rendered with';
COMMENT ON COLUMN outbox.person_id IS 'To whom; NULL for the administrator';
COMMENT ON COLUMN outbox.address IS 'To which address';
COMMENT ON COLUMN outbox.role IS 'Why this person is told';
COMMENT ON COLUMN outbox.automatic IS 'No human wrote it: carries Auto-Submitted, counts against the loop limits';
COMMENT ON COLUMN outbox.subject IS 'Subject that it answers; with the address it tells a loop';
COMMENT ON COLUMN outbox.detail IS 'What the template needs beyond the ticket';
COMMENT ON COLUMN outbox.capability_id IS 'The reply address it carries';
COMMENT ON COLUMN outbox.rfc_message_id IS 'Its Message-ID, without brackets';
COMMENT ON COLUMN outbox.state IS 'queued; sending: claimed and rendered, perhaps on its way; sent; failed: given up; cancelled: undone in time';
COMMENT ON COLUMN outbox.next_at IS 'Not before this time: the hold on a human reply, the pause between tries';
COMMENT ON COLUMN outbox.tries IS 'How often it was tried';
COMMENT ON COLUMN outbox.claimed_by IS 'The worker that sends it';
COMMENT ON COLUMN outbox.claimed_until IS 'When the claim runs out if the worker is never heard of again';
COMMENT ON COLUMN outbox.bytes IS 'The mail as sent, rendered once';
COMMENT ON COLUMN outbox.envelope_from IS 'Reverse path it is sent with; empty for the null path';
COMMENT ON COLUMN outbox.relay IS 'The server that took or refused it';
COMMENT ON COLUMN outbox.smtp_code IS 'Its last reply code';
COMMENT ON COLUMN outbox.enhanced_status IS 'Enhanced status code (RFC 3463)';
COMMENT ON COLUMN outbox.reply IS 'Its last reply, or what went wrong instead';
COMMENT ON COLUMN outbox.relay_queue_id IS 'The name it gave the mail, for its log';
COMMENT ON COLUMN outbox.created_at IS 'When it was put here';
COMMENT ON COLUMN outbox.finished_at IS 'When it was sent, failed or cancelled';

-- ── walls between tenants ─────────────────────────────────────────────────────────────

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                  AND a.attname = 'tenant_id'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_tenant())', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO postern_maild, postern_portald',
                       name);
    END LOOP;
END
$$;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenants USING (id = current_tenant());
GRANT SELECT, UPDATE ON tenants TO postern_maild, postern_portald;
GRANT SELECT ON schema_migrations TO postern_maild, postern_portald;
REVOKE UPDATE ON events FROM postern_maild, postern_portald;
GRANT DELETE ON participants, ticket_links, memberships TO postern_maild, postern_portald;

-- A door adds rows for whichever tenant the recipient belongs to, and reads none.
CREATE POLICY door ON inbound FOR INSERT TO postern_maild WITH CHECK (true);

-- ── what looks over all tenants ───────────────────────────────────────────────────────

CREATE FUNCTION tenant_list() RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT t.id, t.name FROM tenants t ORDER BY t.name $$;
COMMENT ON FUNCTION tenant_list IS 'Every tenant''s id and name, for verbs and for the clock';

CREATE FUNCTION route_addresses(wanted text[])
RETURNS TABLE (address text, tenant_id uuid, queue_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT w.address, q.tenant_id, q.queue_id
    FROM unnest(wanted) AS w (address)
    CROSS JOIN LATERAL (
        SELECT qa.tenant_id, qa.queue_id, 1 AS rank FROM queue_addresses qa
        WHERE qa.address = w.address
        UNION ALL
        SELECT qa.tenant_id, qa.queue_id, 2 FROM queue_addresses qa
        WHERE position('+' IN split_part(w.address, '@', 1)) > 1
          AND qa.address = split_part(w.address, '+', 1) || '@'
                           || reverse(split_part(reverse(w.address), '@', 1))
        UNION ALL
        SELECT * FROM (
            SELECT q.tenant_id, q.id, 3 FROM queues q
            WHERE w.address LIKE 'postmaster@%'
              AND reverse(split_part(reverse(q.address), '@', 1)) = substr(w.address, 12)
            ORDER BY q.created_at, q.id LIMIT 1) AS postmaster
        ORDER BY rank LIMIT 1) AS q
$$;
COMMENT ON FUNCTION route_addresses IS 'Whose address is this: a queue''s, with or without +extension, or postmaster of a domain with a queue (RFC 5321 §4.5.1). Unknown ones have no row';

CREATE FUNCTION next_ticket_number() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    name text := 'ticket_number_' || replace(current_tenant()::text, '-', '_');
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(name, 3));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', name);
    END IF;
    RETURN nextval(name);
END
$$;
COMMENT ON FUNCTION next_ticket_number IS 'The next number of this transaction''s tenant. A sequence each, because a counter in a row would make all tickets of a tenant wait for each other''s commit; so a number that was rolled back is left out';

CREATE FUNCTION inbound_claim(worker text, lease interval)
RETURNS TABLE (tenant_id uuid, id uuid, tries integer)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    UPDATE inbound i
    SET claimed_by = worker, claimed_until = now() + lease, tries = i.tries + 1
    FROM (SELECT n.tenant_id, n.id FROM inbound n
          WHERE n.state = 'new' AND n.next_at <= now()
            AND (n.claimed_until IS NULL OR n.claimed_until < now() OR n.claimed_by = worker)
          ORDER BY n.received_at, n.id
          LIMIT 1 FOR UPDATE SKIP LOCKED) AS next
    WHERE i.tenant_id = next.tenant_id AND i.id = next.id
    RETURNING i.tenant_id, i.id, i.tries
$$;
COMMENT ON FUNCTION inbound_claim IS 'Take the oldest raw message that nobody reads. A worker that asks holds nothing, whatever stands here: its word that it was done may have been lost with the server. tries counts this one; the caller sets one aside that comes with more than it allows';

CREATE FUNCTION inbound_release(worker text, forgive boolean) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH released AS (
        UPDATE inbound SET claimed_by = NULL, claimed_until = NULL,
               tries = tries - CASE WHEN forgive AND tries > 0 THEN 1 ELSE 0 END
        WHERE state = 'new' AND claimed_by = worker RETURNING 1)
    SELECT count(*) FROM released
$$;
COMMENT ON FUNCTION inbound_release IS 'A worker starts: what its dead predecessor held is free again; forgiven where it was the database that went away';

CREATE FUNCTION outbox_claim(worker text, lease interval, most integer)
RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT o.tenant_id, o.id FROM outbox o
    WHERE o.state IN ('queued', 'sending') AND o.next_at <= now()
      AND (o.claimed_until IS NULL OR o.claimed_until < now() OR o.claimed_by = worker)
    ORDER BY o.next_at, o.id
    LIMIT most FOR UPDATE SKIP LOCKED
$$;
COMMENT ON FUNCTION outbox_claim IS 'Lock what is due to be sent, for the rest of the transaction, which then writes claim and bytes. As with inbound_claim, a worker that asks holds nothing';

CREATE FUNCTION outbox_release(worker text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH released AS (
        UPDATE outbox SET claimed_by = NULL, claimed_until = NULL
        WHERE state = 'sending' AND claimed_by = worker RETURNING 1)
    SELECT count(*) FROM released
$$;
COMMENT ON FUNCTION outbox_release IS 'A sender starts: what its dead predecessor held is free again';

CREATE FUNCTION waiting_until() RETURNS TABLE (inbound timestamptz, outbox timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT (SELECT min(greatest(next_at, coalesce(claimed_until, next_at)))
            FROM inbound WHERE state = 'new'),
           (SELECT min(greatest(next_at, coalesce(claimed_until, next_at)))
            FROM outbox WHERE state IN ('queued', 'sending'))
$$;
COMMENT ON FUNCTION waiting_until IS 'When the next row of each queue falls due, so that a worker knows how long it may sleep';

CREATE FUNCTION desk_figures() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT jsonb_build_object(
        'tickets', (
            SELECT coalesce(jsonb_object_agg(status, n), '{}') FROM (
                SELECT status, count(*) AS n FROM tickets
                WHERE status NOT IN ('resolved', 'closed') GROUP BY status) AS t),
        'inbound', jsonb_build_object(
            'new', (SELECT count(*) FROM inbound WHERE state = 'new'),
            'quarantined', (SELECT count(*) FROM inbound WHERE state = 'quarantined')),
        'outbox', (
            SELECT jsonb_build_object(
                'waiting', count(*) FILTER (WHERE tries = 0),
                'retrying', count(*) FILTER (WHERE tries > 0))
            FROM outbox WHERE state IN ('queued', 'sending')),
        'inbound_oldest_seconds', (
            SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0)
            FROM inbound WHERE state = 'new'),
        'outbox_oldest_seconds', (
            SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)
            FROM outbox WHERE state IN ('queued', 'sending')),
        'mailboxes_failing', (
            SELECT count(*) FROM mailboxes WHERE failing_since IS NOT NULL))
$$;
COMMENT ON FUNCTION desk_figures() IS
    'What monitoring asks, over all tenants, read by partial indexes: numbers, and objects of numbers.';

CREATE FUNCTION capability_find(digest bytea) RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT c.tenant_id, c.id FROM capabilities c WHERE c.token_digest = digest $$;
COMMENT ON FUNCTION capability_find IS 'Which tenant a token belongs to; the caller then checks the row as that tenant';
