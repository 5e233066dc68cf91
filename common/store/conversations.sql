-- Conversations: what belongs together, who takes part, the ticket over it.

-- name: conversation_lock_ids
-- $1 Message-IDs, sorted by the server so that two workers never wait for each other in a
-- circle. Until commit nobody else works on mail that names one of them.
SELECT count(pg_advisory_xact_lock(hashtextextended(id, 7)))
FROM (SELECT DISTINCT unnest($1::text[]) AS id ORDER BY 1) AS ids

-- name: conversation_of_message_ids
-- $1 Message-IDs; the strongest first: what we sent, what we got, what was only mentioned
SELECT m.message_id, m.origin, coalesce(c.merged_into, c.id)
FROM message_ids m
JOIN conversations c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id
WHERE m.tenant_id = current_tenant() AND m.message_id = ANY ($1::text[])
ORDER BY array_position(ARRAY['sent', 'received', 'mentioned'], m.origin), m.created_at DESC
LIMIT 100

-- name: conversation_of_number
SELECT coalesce(c.merged_into, c.id) FROM tickets t
JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
WHERE t.tenant_id = current_tenant() AND t.number = $1::bigint

-- name: conversation_like
-- $1 person, $2 subject: the newest of this person's conversations of the last two weeks
-- that has it, but for "Re:" and the number in front
SELECT c.id
FROM (SELECT conversation_id FROM participants
      WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND left_at IS NULL
        AND joined_at > now() - interval '180 days'
      ORDER BY joined_at DESC LIMIT 50) AS p
JOIN conversations c ON c.tenant_id = current_tenant() AND c.id = p.conversation_id
WHERE c.merged_into IS NULL AND c.updated_at > now() - interval '14 days'
  AND lower(subject_text(c.subject)) = lower(subject_text($2::text))
  AND subject_text($2::text) <> ''
ORDER BY c.updated_at DESC, c.id DESC LIMIT 1

-- name: conversation_facts
-- $1 conversation, $2 person or NULL. Locks the ticket: one mail at a time changes it. Its
-- conversation too, so that whoever waited for a merge to end sees where it went.
SELECT t.number, t.status, coalesce(t.closed_at, t.resolved_at), q.reopen_days,
       coalesce(t.closed_at, t.resolved_at)
           < now() - make_interval(days => q.reopen_days) IS TRUE,
       t.owner_id, t.requester_id, c.subject, q.id, q.address, q.name,
       EXISTS (SELECT FROM participants p WHERE p.tenant_id = t.tenant_id
               AND p.conversation_id = t.id AND p.person_id = $2::uuid
               AND p.left_at IS NULL AND p.role IN ('requester', 'cc')),
       q.autoreply, t.priority, t.tags, t.source, c.merged_into,
       coalesce((SELECT p.evidence FROM participants p
                 WHERE p.tenant_id = t.tenant_id AND p.conversation_id = t.id
                   AND p.person_id = $2::uuid AND p.left_at IS NULL), '')
FROM tickets t
JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
JOIN queues q ON q.tenant_id = c.tenant_id AND q.id = c.queue_id
WHERE t.tenant_id = current_tenant() AND t.id = $1::uuid
FOR UPDATE OF t FOR NO KEY UPDATE OF c

-- name: conversation_add
-- $1 id, $2 queue, $3 channel, $4 subject, $5 Thread-Index, $6 Thread-Topic
INSERT INTO conversations (tenant_id, id, queue_id, channel, subject, thread_index,
                           thread_topic)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text)

-- name: conversation_touch
-- $1 id, $2 Thread-Index, $3 Thread-Topic of the newest mail; NULL keeps what is there. Its
-- ticket has changed with it.
WITH ticket AS (
    UPDATE tickets SET updated_at = now()
    WHERE tenant_id = current_tenant() AND id = $1::uuid)
UPDATE conversations
SET updated_at = now(), thread_index = coalesce($2::text, thread_index),
    thread_topic = coalesce($3::text, thread_topic)
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: conversation_add_queue
-- $1 conversation, $2 queue. One row when the queue was not yet there.
INSERT INTO conversation_queues (tenant_id, conversation_id, queue_id)
VALUES (current_tenant(), $1::uuid, $2::uuid)
ON CONFLICT DO NOTHING RETURNING queue_id

-- name: conversation_add_message_id
-- $1 Message-ID, $2 conversation, $3 origin; what is known more surely stays
INSERT INTO message_ids (tenant_id, message_id, conversation_id, origin)
VALUES (current_tenant(), $1::text, $2::uuid, $3::text)
ON CONFLICT (tenant_id, message_id) DO UPDATE
SET origin = excluded.origin, conversation_id = excluded.conversation_id
WHERE message_ids.origin = 'mentioned' AND excluded.origin <> 'mentioned'

-- name: conversation_mention_ids
-- $1 Message-IDs that a mail of $2 names
INSERT INTO message_ids (tenant_id, message_id, conversation_id, origin)
SELECT current_tenant(), id, $2::uuid, 'mentioned' FROM unnest($1::text[]) AS id
ON CONFLICT DO NOTHING

-- name: ticket_add
-- $1 id, $2 source, $3 requester, $4 queue, $5 category, $6 priority, $7 custom fields; what
-- is NULL is the queue's policy
INSERT INTO tickets (tenant_id, id, number, source, requester_id, owner_id, team_id,
                     category, priority, custom_fields, sla_due_at)
SELECT current_tenant(), $1::uuid, next_ticket_number(), $2::text, $3::uuid,
       q.default_owner_id, q.team_id, coalesce($5::text, q.default_category),
       coalesce($6::text, q.default_priority), coalesce($7::jsonb, '{}'),
       now() + coalesce(q.first_response, q.resolution)
FROM queues q
WHERE q.tenant_id = current_tenant() AND q.id = $4::uuid

-- name: ticket_set_status
-- $1 ticket, $2 status. The time marks follow from it.
UPDATE tickets
SET status = $2::text, updated_at = now(), snoozed_until = NULL,
    resolved_at = CASE $2::text WHEN 'resolved' THEN now() WHEN 'closed' THEN resolved_at END,
    closed_at = CASE $2::text WHEN 'closed' THEN now() END
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: ticket_set_owner
-- $1 ticket, $2 owner
UPDATE tickets SET owner_id = $2::uuid, updated_at = now()
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: ticket_set_priority
-- $1 ticket, $2 priority
UPDATE tickets SET priority = $2::text, updated_at = now()
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: ticket_set_tags
-- $1 ticket, $2 tags, in their order
UPDATE tickets SET tags = $2::text[], updated_at = now()
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: ticket_set_rating
-- $1 ticket, $2 rating, $3 the words with it; no row when it is that already
UPDATE tickets
SET satisfaction_rating = $2::integer, satisfaction_comment = $3::text, updated_at = now()
WHERE tenant_id = current_tenant() AND id = $1::uuid
  AND (satisfaction_rating, satisfaction_comment)
      IS DISTINCT FROM ($2::integer, $3::text)

-- name: ticket_note_answer
-- $1 ticket: an agent has answered
UPDATE tickets
SET first_response_at = coalesce(first_response_at, now()), updated_at = now()
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: ticket_link
-- $1 from, $2 to, $3 kind
INSERT INTO ticket_links (tenant_id, from_id, to_id, kind)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::text) ON CONFLICT DO NOTHING

-- name: participant_add
-- $1 conversation, $2 person, $3 address, $4 role, $5 evidence. One row when they are new,
-- or come back.
INSERT INTO participants (tenant_id, conversation_id, person_id, address_id, role, evidence)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text)
ON CONFLICT (tenant_id, conversation_id, person_id) DO UPDATE
SET left_at = NULL, joined_at = now(), evidence = excluded.evidence
WHERE participants.left_at IS NOT NULL
RETURNING person_id

-- name: event_add
-- $1 id, $2 conversation or NULL, $3 kind, $4 actor or NULL, $5 door, $6 message or NULL,
-- $7 before, $8 after, $9 detail
INSERT INTO events (tenant_id, id, conversation_id, kind, actor_id, door, message_id,
                    before, after, detail)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::text, $4::uuid, $5::text, $6::uuid,
        $7::jsonb, $8::jsonb, coalesce($9::jsonb, '{}'))
