-- Notifications: who is to be told, and the rows that make it so.

-- name: notify_audience
-- $1 conversation: everybody who may be told of something in it, each in the nearest role;
-- whether nothing automatic goes there: the address is paused, or is one of our own; whether
-- the ticket has an owner; what they want no mail about, when, and whether together
SELECT DISTINCT ON (w.person_id) w.person_id, a.address, a.is_quiet, w.role,
       EXISTS (SELECT FROM tickets t WHERE t.tenant_id = current_tenant()
               AND t.id = $1::uuid AND t.owner_id IS NOT NULL),
       wish.muted, wish.not_before, wish.held
FROM (
    SELECT person_id, address_id, role,
           CASE role WHEN 'requester' THEN 1 WHEN 'cc' THEN 2 ELSE 4 END AS rank
    FROM participants
    WHERE tenant_id = current_tenant() AND conversation_id = $1::uuid AND left_at IS NULL
    UNION ALL
    SELECT t.owner_id, NULL, 'owner', 3 FROM tickets t
    WHERE t.tenant_id = current_tenant() AND t.id = $1::uuid AND t.owner_id IS NOT NULL
    UNION ALL
    SELECT m.person_id, NULL, 'team', 5 FROM memberships m
    WHERE m.tenant_id = current_tenant() AND m.team_id IN (
        SELECT t.team_id FROM tickets t
        WHERE t.tenant_id = current_tenant() AND t.id = $1::uuid
        UNION ALL
        SELECT q.team_id FROM conversation_queues cq
        JOIN queues q ON q.tenant_id = cq.tenant_id AND q.id = cq.queue_id
        WHERE cq.tenant_id = current_tenant() AND cq.conversation_id = $1::uuid)
) AS w
CROSS JOIN LATERAL (
    SELECT a.address,
           coalesce(a.suppressed_until > now(), false)
               OR EXISTS (SELECT FROM queue_addresses own
                          WHERE own.tenant_id = current_tenant()
                            AND own.address = regexp_replace(a.address, '\+[^@]*@', '@'))
               AS is_quiet
    FROM addresses a
    WHERE a.tenant_id = current_tenant() AND a.person_id = w.person_id
      AND (w.address_id IS NULL OR a.id = w.address_id)
    ORDER BY a.created_at, a.id LIMIT 1) AS a
CROSS JOIN LATERAL notify_wishes(w.person_id) AS wish
ORDER BY w.person_id, w.rank

-- name: notify_enqueue
-- $1 outbox id, $2 conversation, $3 message, $4 event, $5 template, $6 person, $7 address,
-- $8 role, $9 automatic, $10 subject, $11 detail, $12 capability, $13 Message-ID,
-- $14 seconds that it can be undone, $15 not before, or NULL, $16 whether it waits to go with
-- others. The Message-ID is known from this moment on.
WITH known AS (
    INSERT INTO message_ids (tenant_id, message_id, conversation_id, origin)
    SELECT current_tenant(), $13::text, $2::uuid, 'sent' WHERE $13::text IS NOT NULL
    ON CONFLICT DO NOTHING)
INSERT INTO outbox (tenant_id, id, conversation_id, message_id, event_id, template,
                    person_id, address, role, automatic, subject, detail, capability_id,
                    rfc_message_id, next_at, state)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::uuid,
        $7::text, $8::text, $9::boolean, $10::text, coalesce($11::jsonb, '{}'), $12::uuid,
        $13::text,
        greatest(now() + make_interval(secs => $14::bigint), $15::timestamptz),
        CASE WHEN $16::boolean THEN 'held' ELSE 'queued' END)

-- name: notify_lock_address
-- $1 address: whoever else would write to it waits until this transaction ends, so that the
-- count below is true. A statement of its own, because it looks before it waits.
SELECT pg_advisory_xact_lock(hashtextextended(current_tenant() || $1::text, 13))

-- name: notify_count_automatic
-- $1 address, $2 subject, $3 conversation or NULL: automatic mails there in each window
SELECT * FROM notify_count_automatic($1::text, $2::text, $3::uuid)

-- name: notify_count_alarms
-- $1 administrator, $2 subject: alarms in the last hour
SELECT count(*) FROM outbox
WHERE tenant_id = current_tenant() AND address = $1::text AND subject = $2::text
  AND automatic AND template = 'alarm' AND created_at > now() - interval '1 hour'

-- name: notify_notice_bytes
-- $1 capability: the mail that carried it, as sent
SELECT bytes FROM outbox
WHERE tenant_id = current_tenant() AND capability_id = $1::uuid AND bytes IS NOT NULL

-- name: notify_answered_bytes
-- $1 conversation, $2 capability or nil, $3 Message-IDs, $4 bytes of each: the mails of ours
-- in it that are answered, as sent
SELECT substring(bytes FROM 1 FOR $4::integer) FROM outbox
WHERE tenant_id = current_tenant() AND conversation_id = $1::uuid AND bytes IS NOT NULL
  AND (capability_id = $2::uuid OR rfc_message_id = ANY ($3::text[]))
ORDER BY created_at DESC LIMIT 2

-- name: notify_outbox_of_message_id
-- $1 Message-IDs of ours: which mail a delivery report is about
SELECT o.conversation_id, o.address, o.template, o.role FROM outbox o
WHERE o.tenant_id = current_tenant() AND o.rfc_message_id = ANY ($1::text[])
LIMIT 1

-- name: notify_outbox_of_capability
-- $1 capability: the mail that carried it
SELECT o.conversation_id, o.address, o.template, o.role FROM outbox o
WHERE o.tenant_id = current_tenant() AND o.capability_id = $1::uuid
LIMIT 1

-- name: notify_told
-- $1 conversation: everybody who was ever told of it
SELECT DISTINCT person_id FROM outbox
WHERE tenant_id = current_tenant() AND conversation_id = $1::uuid AND person_id IS NOT NULL

-- name: notify_is_sent
-- $1 Message-ID: a row when it is of a mail that we sent
SELECT 1 FROM message_ids
WHERE tenant_id = current_tenant() AND message_id = $1::text AND origin = 'sent'
