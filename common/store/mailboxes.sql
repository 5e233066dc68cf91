-- Mailboxes: who reads one, how far, and how it fares. Every statement runs as the
-- mailbox's tenant.

-- name: mailbox_ensure
-- $1 tenant, $2 id of a new row, $3 queue, $4 name
INSERT INTO mailboxes (tenant_id, id, queue_id, name)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text)
ON CONFLICT (tenant_id, name) DO UPDATE SET queue_id = excluded.queue_id
RETURNING id

-- name: mailbox_lease
-- $1 tenant, $2 id, $3 owner, $4 microseconds. No row: another has it.
UPDATE mailboxes
SET lease_owner = $3::text,
    lease_until = now() + $4::bigint * interval '1 microsecond'
WHERE tenant_id = $1::uuid AND id = $2::uuid
  AND (lease_owner = $3::text OR lease_owner IS NULL OR lease_until < now())
RETURNING uidvalidity, last_uid, done_uid

-- name: mailbox_release
UPDATE mailboxes SET lease_owner = NULL, lease_until = NULL
WHERE tenant_id = $1::uuid AND id = $2::uuid AND lease_owner = $3::text

-- name: mailbox_advance
-- $1 tenant, $2 id, $3 owner, $4 $5 from uidvalidity and uid, $6 $7 to. UIDs of another
-- UIDVALIDITY say nothing about what is done.
UPDATE mailboxes
SET uidvalidity = $6::bigint, last_uid = $7::bigint,
    done_uid = CASE WHEN uidvalidity = $6::bigint THEN done_uid ELSE 0 END
WHERE tenant_id = $1::uuid AND id = $2::uuid AND lease_owner = $3::text
  AND uidvalidity = $4::bigint AND last_uid = $5::bigint

-- name: mailbox_cursor
SELECT uidvalidity, last_uid, coalesce(lease_owner = $3::text, false)
FROM mailboxes WHERE tenant_id = $1::uuid AND id = $2::uuid

-- name: mailbox_done
UPDATE mailboxes SET done_uid = $5::bigint
WHERE tenant_id = $1::uuid AND id = $2::uuid AND lease_owner = $3::text
  AND uidvalidity = $4::bigint

-- name: mailbox_contact
-- An alarm about a failure is over with it; one about a token stands.
UPDATE mailboxes
SET last_contact_at = now(), failing_since = NULL, last_error = NULL,
    alarmed_at = CASE WHEN failing_since IS NULL THEN alarmed_at END
WHERE tenant_id = $1::uuid AND id = $2::uuid

-- name: mailbox_failed
UPDATE mailboxes
SET failing_since = coalesce(failing_since, now()), last_error = $3::text
WHERE tenant_id = $1::uuid AND id = $2::uuid
RETURNING failing_since, alarmed_at

-- name: mailbox_alarmed
UPDATE mailboxes SET alarmed_at = now()
WHERE tenant_id = $1::uuid AND id = $2::uuid

-- name: mailbox_lock_token
-- Two that refresh one token at once would each make the other's worthless.
SELECT pg_advisory_xact_lock(hashtextextended('mailbox token ' || $1::text, 0))

-- name: mailbox_token
SELECT sealed_refresh_token, token_issued_at, alarmed_at
FROM mailboxes WHERE tenant_id = $1::uuid AND id = $2::uuid

-- name: mailbox_store_token
UPDATE mailboxes SET sealed_refresh_token = $3::bytea, token_issued_at = now()
WHERE tenant_id = $1::uuid AND id = $2::uuid
