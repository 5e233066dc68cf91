-- Admin: what the verbs of maild do and read over all tenants. They connect as the owner
-- of the schema, whom no policy stops; so each statement names the tenant itself.

-- name: admin_put_tenant
-- $1 id of a new row, $2 name, $3 title, $4 locale; a NULL leaves what is there
INSERT INTO tenants (id, name, title, locale)
VALUES ($1::uuid, $2::text, coalesce($3::text, $2::text), coalesce($4::text, 'en'))
ON CONFLICT (name) DO UPDATE
SET title = coalesce($3::text, tenants.title), locale = coalesce($4::text, tenants.locale)
RETURNING id, xmax = 0

-- name: admin_find_tenant
SELECT id FROM tenants WHERE name = $1::text

-- name: admin_put_team
-- $1 tenant, $2 id of a new row, $3 name
INSERT INTO teams (tenant_id, id, name) VALUES ($1::uuid, $2::uuid, $3::text)
ON CONFLICT (tenant_id, name) DO UPDATE SET name = excluded.name
RETURNING id, xmax = 0

-- name: admin_find_address
-- Whose queue address is it?
SELECT a.tenant_id, a.queue_id, q.address, q.team_id, t.name
FROM queue_addresses a
JOIN queues q ON q.tenant_id = a.tenant_id AND q.id = a.queue_id
JOIN tenants t ON t.id = a.tenant_id
WHERE a.address = $1::text

-- name: admin_add_queue
-- $1 tenant, $2 id, $3 address, $4 name, $5 team
INSERT INTO queues (tenant_id, id, address, name, team_id)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::uuid)

-- name: admin_name_queue
UPDATE queues SET name = coalesce($3::text, name) WHERE tenant_id = $1::uuid AND id = $2::uuid

-- name: admin_add_queue_address
-- $1 tenant, $2 queue, $3 address
INSERT INTO queue_addresses (tenant_id, queue_id, address)
VALUES ($1::uuid, $2::uuid, $3::text)

-- name: admin_find_person
-- $1 tenant, $2 address
SELECT p.id, p.role FROM addresses a
JOIN people p ON p.tenant_id = a.tenant_id AND p.id = a.person_id
WHERE a.tenant_id = $1::uuid AND a.address = $2::text

-- name: admin_add_person
-- $1 tenant, $2 person, $3 name, $4 id of the address, $5 address
WITH person AS (
    INSERT INTO people (tenant_id, id, name, role)
    VALUES ($1::uuid, $2::uuid, coalesce($3::text, ''), 'agent'))
INSERT INTO addresses (tenant_id, id, person_id, address, verified_at)
VALUES ($1::uuid, $4::uuid, $2::uuid, $5::text, now())

-- name: admin_make_agent
-- $1 tenant, $2 person, $3 name; an admin stays one
UPDATE people
SET name = coalesce($3::text, name),
    role = CASE role WHEN 'customer' THEN 'agent' ELSE role END
WHERE tenant_id = $1::uuid AND id = $2::uuid

-- name: admin_join_team
-- $1 tenant, $2 team, $3 person
INSERT INTO memberships (tenant_id, team_id, person_id)
VALUES ($1::uuid, $2::uuid, $3::uuid) ON CONFLICT DO NOTHING

-- name: admin_join_queues
-- $1 tenant, $2 person: the teams of all queues
INSERT INTO memberships (tenant_id, team_id, person_id)
SELECT DISTINCT q.tenant_id, q.team_id, $2::uuid FROM queues q WHERE q.tenant_id = $1::uuid
ON CONFLICT DO NOTHING

-- name: admin_fill_team
-- $1 tenant, $2 team: with all agents
INSERT INTO memberships (tenant_id, team_id, person_id)
SELECT p.tenant_id, $2::uuid, p.id FROM people p
WHERE p.tenant_id = $1::uuid AND p.role IN ('agent', 'admin')
ON CONFLICT DO NOTHING

-- name: admin_read_status
SELECT jsonb_build_object('tenants', coalesce(jsonb_agg(jsonb_build_object(
    'name', t.name,
    'inbound', (
        SELECT jsonb_build_object('waiting', count(*), 'oldest', min(i.received_at))
        FROM inbound i WHERE i.tenant_id = t.id AND i.state = 'new'),
    'quarantined', (
        SELECT count(*) FROM inbound i
        WHERE i.tenant_id = t.id AND i.state = 'quarantined'),
    'outbox', (
        SELECT jsonb_build_object(
            'waiting', count(*) FILTER (WHERE o.tries = 0),
            'retrying', count(*) FILTER (WHERE o.tries > 0),
            'oldest', min(o.created_at))
        FROM outbox o WHERE o.tenant_id = t.id AND o.state IN ('queued', 'sending')),
    'failed', (
        SELECT count(*) FROM outbox o WHERE o.tenant_id = t.id AND o.state = 'failed'),
    'queues', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'address', q.address, 'name', q.name,
            'open', (SELECT count(*) FROM tickets k
                     JOIN conversations c ON c.tenant_id = k.tenant_id AND c.id = k.id
                     WHERE k.tenant_id = q.tenant_id AND c.queue_id = q.id
                       AND k.status NOT IN ('resolved', 'closed')))
            ORDER BY q.address), '[]')
        FROM queues q WHERE q.tenant_id = t.id),
    'mailboxes', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', m.name, 'queue', q.address, 'last_uid', m.last_uid,
            'last_contact', m.last_contact_at, 'failing_since', m.failing_since,
            'error', m.last_error, 'read_by', m.lease_owner) ORDER BY m.name), '[]')
        FROM mailboxes m JOIN queues q ON q.tenant_id = m.tenant_id AND q.id = m.queue_id
        WHERE m.tenant_id = t.id))
    ORDER BY t.name), '[]'))
FROM tenants t

-- name: admin_list_quarantine
SELECT jsonb_build_object('quarantined', coalesce(jsonb_agg(jsonb_build_object(
    'id', i.id, 'tenant', t.name, 'received_at', i.received_at, 'size', i.size,
    'from', i.envelope_from, 'recipients', i.recipients, 'tries', i.tries,
    'reason', i.reason) ORDER BY i.received_at, i.id), '[]'))
FROM inbound i JOIN tenants t ON t.id = i.tenant_id
WHERE i.state = 'quarantined'

-- name: admin_list_ignored
-- $1 tenant or NULL for all, $2 most: the newest first
SELECT jsonb_build_object('ignored', coalesce(jsonb_agg(jsonb_build_object(
    'id', id, 'tenant', name, 'received_at', received_at, 'size', size,
    'from', envelope_from, 'recipients', recipients, 'door', door,
    'reason', reason) ORDER BY received_at DESC, id DESC), '[]'))
FROM (SELECT i.id, t.name, i.received_at, i.size, i.envelope_from, i.recipients, i.door,
             i.reason
      FROM inbound i JOIN tenants t ON t.id = i.tenant_id
      WHERE i.state = 'ignored' AND ($1::text IS NULL OR t.name = $1::text)
      ORDER BY i.received_at DESC, i.id DESC LIMIT $2::bigint) AS newest

-- name: admin_read_ignored
SELECT jsonb_build_object(
    'id', i.id, 'tenant', t.name, 'door', i.door, 'received_at', i.received_at,
    'size', i.size, 'from', i.envelope_from, 'recipients', i.recipients,
    'reason', i.reason), i.raw
FROM inbound i JOIN tenants t ON t.id = i.tenant_id
WHERE i.state = 'ignored' AND i.id = $1::uuid

-- name: admin_read_quarantined
SELECT jsonb_build_object(
    'id', i.id, 'tenant', t.name, 'door', i.door, 'peer', i.peer,
    'received_at', i.received_at, 'size', i.size, 'from', i.envelope_from,
    'recipients', i.recipients, 'tries', i.tries, 'reason', i.reason,
    'truncated', i.truncated), i.raw
FROM inbound i JOIN tenants t ON t.id = i.tenant_id
WHERE i.state = 'quarantined' AND i.id = $1::uuid

-- name: admin_retry_quarantined
-- $1 inbound, $2 id of the event
WITH released AS (
    UPDATE inbound
    SET state = 'new', tries = 0, next_at = now(), reason = NULL, result = NULL,
        finished_at = NULL, claimed_by = NULL, claimed_until = NULL
    WHERE state = 'quarantined' AND id = $1::uuid
    RETURNING tenant_id, id)
INSERT INTO events (tenant_id, id, kind, door, detail)
SELECT tenant_id, $2::uuid, 'quarantine_retried', 'admin', jsonb_build_object('inbound', id)
FROM released

-- name: admin_drop_quarantined
-- $1 inbound, $2 id of the event. The bytes stay; nothing will be made of them.
WITH dropped AS (
    UPDATE inbound
    SET state = 'ignored', reason = 'dropped from quarantine: ' || coalesce(reason, '')
    WHERE state = 'quarantined' AND id = $1::uuid
    RETURNING tenant_id, id, reason)
INSERT INTO events (tenant_id, id, kind, door, detail)
SELECT tenant_id, $2::uuid, 'quarantine_dropped', 'admin',
       jsonb_build_object('inbound', id, 'reason', reason)
FROM dropped

-- name: admin_find_ticket
-- $1 number, $2 tenant or NULL for any
SELECT k.tenant_id, k.id, t.name FROM tickets k JOIN tenants t ON t.id = k.tenant_id
WHERE k.number = $1::bigint AND ($2::text IS NULL OR t.name = $2::text)
ORDER BY t.name

-- name: admin_list_ticket_mail
-- $1 tenant, $2 conversation: what came and what left, in that order, once each
SELECT 'inbound', i.id, coalesce(i.envelope_from, ''), i.received_at AS at,
       (SELECT crypto_text(m.crypto) FROM messages m
        WHERE m.tenant_id = i.tenant_id AND m.inbound_id = i.id AND m.crypto IS NOT NULL
        LIMIT 1)
FROM inbound i
WHERE i.tenant_id = $1::uuid
  AND i.id IN (SELECT m.inbound_id FROM messages m
               WHERE m.tenant_id = $1::uuid AND m.conversation_id = $2::uuid)
UNION ALL
SELECT 'outbox', o.id, coalesce(o.envelope_from, ''), o.finished_at, NULL
FROM outbox o
WHERE o.tenant_id = $1::uuid AND o.conversation_id = $2::uuid AND o.state = 'sent'
  AND o.bytes IS NOT NULL
ORDER BY at, 2

-- name: admin_read_inbound_bytes
SELECT raw FROM inbound WHERE tenant_id = $1::uuid AND id = $2::uuid

-- name: admin_read_outbox_bytes
SELECT bytes FROM outbox WHERE tenant_id = $1::uuid AND id = $2::uuid

-- name: admin_make_admin
-- $1 tenant, $2 address
UPDATE people p SET role = 'admin'
FROM addresses a
JOIN tenants t ON t.id = a.tenant_id
WHERE t.name = $1::text AND a.address = $2::text
  AND p.tenant_id = a.tenant_id AND p.id = a.person_id
RETURNING p.id

-- name: admin_put_domain
-- $1 tenant, $2 domain: whether it was added, whether it is theirs
WITH added AS (
    INSERT INTO portal_domains (domain, tenant_id)
    SELECT $2::text, t.id FROM tenants t WHERE t.name = $1::text
    ON CONFLICT DO NOTHING RETURNING tenant_id)
SELECT EXISTS (SELECT FROM added),
       EXISTS (SELECT FROM added)
       OR EXISTS (SELECT FROM portal_domains d
                  WHERE d.domain = $2::text AND d.tenant_id = t.id)
FROM tenants t WHERE t.name = $1::text
