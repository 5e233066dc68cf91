-- Inbound: raw messages as they came, and the queue of those to be read.

-- name: route_addresses
-- $1 normalised addresses; one row for each that is ours
SELECT address, tenant_id, queue_id FROM route_addresses($1::text[])

-- name: inbound_add
-- $1 id, $2 tenant, $3 door, $4 mailbox or NULL, $5 peer, $6 reverse path, $7 forward paths,
-- $8 size, $9 raw, $10 truncated
INSERT INTO inbound (id, tenant_id, door, mailbox_id, peer, envelope_from, recipients, size,
                     raw, truncated)
VALUES ($1::uuid, $2::uuid, $3::text, $4::uuid, $5::text, $6::text, $7::text[], $8::bigint,
        $9::bytea, $10::boolean)

-- name: inbound_claim
-- $1 worker, $2 lease in seconds
SELECT tenant_id, id, tries
FROM inbound_claim($1::text, make_interval(secs => $2::bigint))

-- name: inbound_release
-- $1 worker, $2 whether the tries don't count
SELECT inbound_release($1::text, $2::boolean)

-- name: inbound_read
SELECT raw, door, coalesce(envelope_from, ''), recipients, received_at, tries, truncated,
       mailbox_id
FROM inbound WHERE tenant_id = current_tenant() AND id = $1::uuid AND state = 'new'
FOR UPDATE

-- name: inbound_finish
-- $1 id, $2 state, $3 result, $4 reason
UPDATE inbound
SET state = $2::text, result = $3::text, reason = $4::text, finished_at = now(),
    claimed_by = NULL, claimed_until = NULL
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: inbound_postpone
-- $1 id, $2 seconds: the failure was not the message's, so the try does not count
UPDATE inbound
SET next_at = now() + make_interval(secs => $2::bigint), tries = greatest(tries - 1, 0),
    claimed_by = NULL, claimed_until = NULL
WHERE tenant_id = current_tenant() AND id = $1::uuid AND state = 'new'

-- name: inbound_note
-- $1 id, $2 reason: what went wrong in this try
UPDATE inbound
SET reason = $2::text, claimed_by = NULL, claimed_until = NULL
WHERE tenant_id = current_tenant() AND id = $1::uuid AND state = 'new'

-- name: waiting_until
-- when the oldest due row of each queue is to be done; NULL: none
SELECT inbound, outbox FROM waiting_until()
