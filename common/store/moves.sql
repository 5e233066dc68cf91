-- Moves: what goes from one conversation to another when tickets are merged or split.

-- name: merge_content
-- $1 the ticket that ends, $2 the one that goes on: messages, mails, queues and tags. What
-- names the first from now on (a token, a Message-ID, its number) is led on by merged_into,
-- and so is what was led to it before.
WITH led AS (
    UPDATE conversations SET merged_into = $2::uuid, updated_at = now()
    WHERE tenant_id = current_tenant() AND (id = $1::uuid OR merged_into = $1::uuid)
), said AS (
    UPDATE messages SET conversation_id = $2::uuid
    WHERE tenant_id = current_tenant() AND conversation_id = $1::uuid
), mails AS (
    UPDATE outbox SET conversation_id = $2::uuid
    WHERE tenant_id = current_tenant() AND conversation_id = $1::uuid
), queues AS (
    INSERT INTO conversation_queues (tenant_id, conversation_id, queue_id)
    SELECT tenant_id, $2::uuid, queue_id FROM conversation_queues
    WHERE tenant_id = current_tenant() AND conversation_id = $1::uuid
    ON CONFLICT DO NOTHING
), touched AS (
    UPDATE conversations SET updated_at = now()
    WHERE tenant_id = current_tenant() AND id = $2::uuid
)
UPDATE tickets t
SET tags = t.tags || array(SELECT tag FROM unnest(old.tags) AS tag
                           WHERE lower(tag) NOT IN (SELECT lower(own)
                                                    FROM unnest(t.tags) AS own)),
    updated_at = now()
FROM tickets old
WHERE old.tenant_id = current_tenant() AND old.id = $1::uuid
  AND t.tenant_id = old.tenant_id AND t.id = $2::uuid

-- name: merge_people
-- $1 the ticket that ends, $2 the one that goes on: who took part in the first takes part
-- in the second, its owner watches it. Each one who is new there.
WITH coming AS (
    SELECT p.person_id, p.address_id, p.joined_at,
           CASE p.role WHEN 'requester' THEN 'cc' ELSE p.role END AS role
    FROM participants p
    WHERE p.tenant_id = current_tenant() AND p.conversation_id = $1::uuid
      AND p.left_at IS NULL
    UNION ALL
    SELECT t.owner_id, a.id, t.created_at, 'watcher'
    FROM tickets t
    CROSS JOIN LATERAL (
        SELECT a.id FROM addresses a
        WHERE a.tenant_id = t.tenant_id AND a.person_id = t.owner_id
        ORDER BY a.created_at, a.id LIMIT 1) AS a
    WHERE t.tenant_id = current_tenant() AND t.id = $1::uuid
      AND NOT EXISTS (SELECT FROM participants p
                      WHERE p.tenant_id = t.tenant_id AND p.conversation_id = t.id
                        AND p.person_id = t.owner_id AND p.left_at IS NULL)
      AND NOT EXISTS (SELECT FROM tickets k
                      WHERE k.tenant_id = t.tenant_id AND k.id = $2::uuid
                        AND k.owner_id = t.owner_id)
), come AS (
    INSERT INTO participants (tenant_id, conversation_id, person_id, address_id, role,
                              evidence, joined_at)
    SELECT current_tenant(), $2::uuid, person_id, address_id, role, 'came by a merge',
           joined_at
    FROM coming
    ON CONFLICT (tenant_id, conversation_id, person_id) DO UPDATE SET left_at = NULL
    WHERE participants.left_at IS NOT NULL
    RETURNING person_id, address_id, role)
SELECT a.address, come.role FROM come
JOIN addresses a ON a.tenant_id = current_tenant() AND a.id = come.address_id
ORDER BY a.address

-- name: split_messages
-- $1 conversation, $2 message, $3 whether it goes alone: itself and, unless alone, all that
-- was said after it; then whether it is a customer's own word, and whether any stays
SELECT m.id, m.author_address, m.subject, m.author_role = 'customer' AND NOT m.is_note,
       m.created_at,
       EXISTS (SELECT FROM messages s
               WHERE s.tenant_id = m.tenant_id AND s.conversation_id = m.conversation_id
                 AND s.id <> first.id
                 AND ($3::boolean OR (s.received_at, s.id) < (first.received_at, first.id)))
FROM messages first
JOIN messages m ON m.tenant_id = first.tenant_id
    AND m.conversation_id = first.conversation_id
WHERE first.tenant_id = current_tenant() AND first.conversation_id = $1::uuid
  AND first.id = $2::uuid
  AND (m.id = first.id
       OR (NOT $3::boolean AND (m.received_at, m.id) > (first.received_at, first.id)))
ORDER BY m.received_at, m.id

-- name: split_content
-- $1 the new conversation, $2 messages that go there, and with them the mails that carried
-- them, those mails' reply addresses, and all their Message-IDs
WITH said AS (
    UPDATE messages SET conversation_id = $1::uuid
    WHERE tenant_id = current_tenant() AND id = ANY ($2::text[]::uuid[])
    RETURNING message_id
), mails AS (
    UPDATE outbox SET conversation_id = $1::uuid
    WHERE tenant_id = current_tenant() AND message_id = ANY ($2::text[]::uuid[])
    RETURNING capability_id, rfc_message_id
), opened AS (
    UPDATE capabilities SET moved_to = $1::uuid
    WHERE tenant_id = current_tenant()
      AND (id IN (SELECT capability_id FROM mails)
           OR (kind = 'part' AND object_id = ANY ($2::text[]::uuid[])))
)
UPDATE message_ids SET conversation_id = $1::uuid
WHERE tenant_id = current_tenant()
  AND message_id IN (SELECT message_id FROM said
                     UNION ALL SELECT rfc_message_id FROM mails)

-- name: split_people
-- $1 the old conversation, $2 the new one, $3 when the first message that went was stored,
-- $4 whether it went alone. Whoever came in with what went goes with it, and leaves the old
-- one unless it is theirs; whoever wrote some of it takes part in the new one too.
WITH came AS (
    UPDATE participants SET left_at = now()
    WHERE tenant_id = current_tenant() AND conversation_id = $1::uuid AND left_at IS NULL
      AND role <> 'requester' AND joined_at >= $3::timestamptz
      AND (NOT $4::boolean OR joined_at = $3::timestamptz)
      AND NOT EXISTS (SELECT FROM messages m
                      WHERE m.tenant_id = current_tenant()
                        AND m.conversation_id = $1::uuid
                        AND m.author_id = participants.person_id)
    RETURNING person_id, address_id, role
), wrote AS (
    SELECT DISTINCT ON (m.author_id) m.author_id AS person_id, a.id AS address_id
    FROM messages m
    JOIN addresses a ON a.tenant_id = m.tenant_id AND a.address = m.author_address
        AND a.person_id = m.author_id
    WHERE m.tenant_id = current_tenant() AND m.conversation_id = $2::uuid
      AND m.author_role = 'customer' AND NOT m.is_note
    ORDER BY m.author_id, m.received_at, m.id)
INSERT INTO participants (tenant_id, conversation_id, person_id, address_id, role, evidence)
SELECT current_tenant(), $2::uuid, person_id, address_id, role, 'came by a split' FROM came
UNION ALL
SELECT current_tenant(), $2::uuid, person_id, address_id, 'cc', 'wrote in it'
FROM wrote WHERE person_id NOT IN (SELECT person_id FROM came)
ON CONFLICT DO NOTHING

-- name: move_message_of_capability
-- $1 capability: the message that its mail carried
SELECT message_id FROM outbox
WHERE tenant_id = current_tenant() AND capability_id = $1::uuid AND message_id IS NOT NULL

-- name: move_message_of_ids
-- $1 Message-IDs, $2 conversation: the message there that they are of or were told by
SELECT m.id FROM messages m
WHERE m.tenant_id = current_tenant() AND m.conversation_id = $2::uuid
  AND (m.message_id = ANY ($1::text[])
       OR m.id IN (SELECT o.message_id FROM outbox o
                   WHERE o.tenant_id = current_tenant()
                     AND o.rfc_message_id = ANY ($1::text[])))
ORDER BY m.received_at DESC, m.id DESC LIMIT 1
