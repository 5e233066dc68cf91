-- Outbox: what is to be sent, and what became of it.

-- name: outbox_claim
-- $1 worker, $2 lease in seconds, $3 most. Rows of all tenants, locked until commit.
SELECT tenant_id, id FROM outbox_claim($1::text, make_interval(secs => $2::bigint), $3::integer)

-- name: outbox_release
-- $1 worker
SELECT outbox_release($1::text)

-- name: outbox_read
-- $1 id: all that a mail is made of but its words. Mail without a conversation leaves from
-- the tenant's first queue.
SELECT o.bytes, coalesce(o.envelope_from, ''), o.address, o.template, o.role, o.automatic,
       o.tries, o.created_at, o.rfc_message_id, o.conversation_id, o.message_id,
       o.person_id, t.name, coalesce(p.locale, o.detail ->> 'locale', t.locale), coalesce(p.name, ''),
       q.name, q.address, c.thread_index, c.thread_topic, m.message_id,
       k.id, k.conversation_id, k.expires_at, k.token_digest, c.subject,
       o.lost_tries + CASE o.state WHEN 'sending' THEN 1 ELSE 0 END
FROM outbox o
JOIN tenants t ON t.id = o.tenant_id
LEFT JOIN people p ON p.tenant_id = o.tenant_id AND p.id = o.person_id
LEFT JOIN conversations c ON c.tenant_id = o.tenant_id AND c.id = o.conversation_id
LEFT JOIN LATERAL (
    SELECT q.name, q.address FROM queues q
    WHERE q.tenant_id = o.tenant_id AND (c.id IS NULL OR q.id = c.queue_id)
    ORDER BY q.created_at, q.id LIMIT 1) AS q ON true
LEFT JOIN messages m ON m.tenant_id = o.tenant_id AND m.id = o.message_id
LEFT JOIN capabilities k ON k.tenant_id = o.tenant_id AND k.id = o.capability_id
WHERE o.tenant_id = current_tenant() AND o.id = $1::uuid

-- name: outbox_thread
-- $1 id of a mail to a customer: the Message-IDs of its conversation that this address has
-- seen, in order: the first one and the newest; then whether the recipient wrote it, and
-- whether a customer did. Agents' own are left out: what customers got of them was ours.
WITH mail AS (
    SELECT * FROM (SELECT o.tenant_id, o.id, o.conversation_id, o.person_id, o.address
                   FROM outbox o
                   WHERE o.tenant_id = current_tenant() AND o.id = $1::uuid) AS o
), seen AS (
    SELECT m.message_id AS id, m.received_at AS at, m.author_id = mail.person_id AS own,
           true AS customer
    FROM mail
    JOIN messages m ON m.tenant_id = mail.tenant_id
        AND m.conversation_id = mail.conversation_id
    WHERE m.author_role = 'customer' AND NOT m.is_note
    UNION ALL
    SELECT o.rfc_message_id, o.finished_at, false, false
    FROM mail
    JOIN outbox o ON o.tenant_id = mail.tenant_id
        AND o.conversation_id = mail.conversation_id AND o.address = mail.address
    WHERE o.state = 'sent' AND o.rfc_message_id IS NOT NULL AND o.id <> mail.id
), ranked AS (
    SELECT *, row_number() OVER (ORDER BY at, id) AS first,
           row_number() OVER (ORDER BY at DESC, id DESC) AS last FROM seen
)
SELECT id, coalesce(own, false), customer FROM ranked
WHERE first = 1 OR last <= 12 ORDER BY first

-- name: outbox_attachments
-- $1 message, $2 most bytes in all: its attachments, with their content, still encoded, as
-- far as they fit, the small ones first; NULL for those that don't
SELECT p.ordinal, p.content_type, p.encoding, coalesce(p.name, ''), coalesce(p.content_id, ''),
       CASE WHEN p.total <= $2::bigint AND (m.crypto ->> 'opened')::boolean
            THEN substring(u.opened FROM (p.raw_offset + 1)::integer
                           FOR p.raw_length::integer)
            WHEN p.total <= $2::bigint
            THEN substring(i.raw FROM (p.raw_offset + 1)::integer
                           FOR p.raw_length::integer) END
FROM (SELECT *, sum(size) OVER (ORDER BY size, ordinal) AS total FROM parts
      WHERE tenant_id = current_tenant() AND message_id = $1::uuid AND NOT is_body) AS p
JOIN messages m ON m.tenant_id = p.tenant_id AND m.id = p.message_id
JOIN inbound i ON i.tenant_id = m.tenant_id AND i.id = m.inbound_id
LEFT JOIN unsealings u ON u.tenant_id = m.tenant_id AND u.inbound_id = m.inbound_id
ORDER BY p.ordinal

-- name: outbox_start
-- $1 id, $2 worker, $3 lease in seconds, $4 bytes, $5 reverse path, $6 Message-ID. What
-- stands there already stays: a mail is the same however often it is tried. A row that is
-- being sent still had a sender that ended without a word.
UPDATE outbox
SET lost_tries = lost_tries + CASE state WHEN 'sending' THEN 1 ELSE 0 END,
    state = 'sending', claimed_by = $2::text,
    claimed_until = now() + make_interval(secs => $3::bigint), tries = tries + 1,
    bytes = coalesce(bytes, $4::bytea), envelope_from = coalesce(envelope_from, $5::text),
    rfc_message_id = coalesce(rfc_message_id, $6::text)
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: outbox_finish
-- $1 id, $2 worker, $3 state, $4 seconds until the next try, $5 relay, $6 code, $7 enhanced
-- status, $8 reply, $9 queue id. No row when the claim is no longer this worker's. A mail
-- that arrives ends the count of failures of its address.
WITH done AS (
    UPDATE outbox
    SET state = $3::text, claimed_by = NULL, claimed_until = NULL, lost_tries = 0,
        next_at = CASE $3::text WHEN 'queued'
                  THEN now() + make_interval(secs => $4::bigint) ELSE next_at END,
        finished_at = CASE $3::text WHEN 'queued' THEN NULL ELSE now() END,
        relay = $5::text, smtp_code = $6::integer, enhanced_status = $7::text,
        reply = $8::text, relay_queue_id = $9::text
    WHERE tenant_id = current_tenant() AND id = $1::uuid AND state = 'sending'
      AND claimed_by = $2::text
    RETURNING tenant_id, id, address, state
), well AS (
    UPDATE addresses a SET bounces = 0 FROM done
    WHERE a.tenant_id = done.tenant_id AND a.address = done.address
      AND done.state = 'sent' AND a.bounces > 0)
SELECT id FROM done

-- name: outbox_fail
-- $1 id, $2 why: it can't be made into a mail
UPDATE outbox
SET state = 'failed', claimed_by = NULL, claimed_until = NULL, finished_at = now(),
    reply = $2::text
WHERE tenant_id = current_tenant() AND id = $1::uuid AND state IN ('queued', 'sending')

-- name: outbox_give_back
-- $1 id, $2 worker: it was not tried after all
UPDATE outbox
SET state = 'queued', claimed_by = NULL, claimed_until = NULL, tries = greatest(tries - 1, 0)
WHERE tenant_id = current_tenant() AND id = $1::uuid AND state = 'sending'
  AND claimed_by = $2::text
