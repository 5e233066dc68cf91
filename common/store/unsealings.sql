-- Unsealings: signed and encrypted mails, on their way through the crypto job.

-- name: unsealing_add
-- $1 inbound, $2 protocol, $3 sender, $4 queues
INSERT INTO unsealings (tenant_id, inbound_id, protocol, sender, queues)
VALUES (current_tenant(), $1::uuid, $2::text, $3::text, $4::text[]::uuid[])
ON CONFLICT DO NOTHING

-- name: unsealing_read
-- $1 inbound, $2 seconds that ingest waits
SELECT state = 'done' OR again,
       created_at < now() - make_interval(secs => $2::bigint), result, opened
FROM unsealings WHERE tenant_id = current_tenant() AND inbound_id = $1::uuid

-- name: unsealing_claim
-- $1 worker, $2 lease in seconds
SELECT tenant_id, inbound_id, tries
FROM unsealing_claim($1::text, make_interval(secs => $2::bigint))

-- name: unsealing_release
-- $1 worker, $2 whether the tries don't count
SELECT unsealing_release($1::text, $2::boolean)

-- name: unsealing_work
-- $1 inbound: what the job needs of it
SELECT i.raw, u.protocol, u.sender, u.queues::text[]
FROM unsealings u
JOIN inbound i ON i.tenant_id = u.tenant_id AND i.id = u.inbound_id
WHERE u.tenant_id = current_tenant() AND u.inbound_id = $1::uuid AND u.state = 'new'

-- name: unsealing_postpone
-- $1 inbound, $2 seconds, $3 whether this try doesn't count
UPDATE unsealings
SET next_at = now() + make_interval(secs => $2::bigint), claimed_by = NULL,
    claimed_until = NULL, tries = tries - CASE WHEN $3::boolean AND tries > 0 THEN 1 ELSE 0 END
WHERE tenant_id = current_tenant() AND inbound_id = $1::uuid AND state = 'new'

-- name: unsealing_lock_inbound
-- $1 inbound. Before the row of unsealings is written, as ingest does it.
SELECT state FROM inbound WHERE tenant_id = current_tenant() AND id = $1::uuid FOR UPDATE

-- name: unsealing_finish
-- $1 inbound, $2 result, $3 lacks, $4 opened; tells whether it says anything new
WITH before AS (
    SELECT result FROM unsealings
    WHERE tenant_id = current_tenant() AND inbound_id = $1::uuid)
UPDATE unsealings u
SET state = 'done', again = false, claimed_by = NULL, claimed_until = NULL,
    result = $2::jsonb, lacks = $3::text, opened = $4::bytea, finished_at = now()
FROM before
WHERE u.tenant_id = current_tenant() AND u.inbound_id = $1::uuid
RETURNING before.result IS DISTINCT FROM u.result

-- name: unsealing_wake_inbound
-- $1 inbound: it is to be read now; again, where it was read without the result
UPDATE inbound
SET state = 'new', tries = CASE state WHEN 'done' THEN 0 ELSE tries END, next_at = now(),
    claimed_by = CASE state WHEN 'done' THEN NULL ELSE claimed_by END,
    claimed_until = CASE state WHEN 'done' THEN NULL ELSE claimed_until END
WHERE tenant_id = current_tenant() AND id = $1::uuid AND state IN ('new', 'done')

-- name: unsealing_find_message
-- $1 inbound: the message that was made of it, and what it says of its protection
SELECT m.id, coalesce(c.merged_into, c.id), m.crypto, m.author_role = 'customer' OR m.is_note
FROM messages m
JOIN conversations c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id
WHERE m.tenant_id = current_tenant() AND m.inbound_id = $1::uuid
LIMIT 1

-- name: unsealing_rewrite_message
-- $1 message, $2 text, $3 full text, $4 crypto
UPDATE messages SET text = $2::text, full_text = $3::text, crypto = $4::jsonb
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: unsealing_judge_message
-- $1 message, $2 crypto; its words were an agent's answer and stay as they were sent
UPDATE messages SET crypto = jsonb_set($2::jsonb, '{opened}', 'false')
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: unsealing_clear_parts
-- $1 message
DELETE FROM parts WHERE tenant_id = current_tenant() AND message_id = $1::uuid
