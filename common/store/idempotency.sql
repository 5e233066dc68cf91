-- Answers to requests that may be sent again.

-- name: idempotency_claim
-- $1 person, $2 key, $3 digest of the request. No row when the key was used; waits for whoever
-- uses it now.
INSERT INTO idempotency_keys (tenant_id, person_id, key, request, status, answer)
VALUES (current_tenant(), $1::uuid, $2::text, $3::bytea, 0, '')
ON CONFLICT DO NOTHING

-- name: idempotency_read
-- $1 person, $2 key
SELECT request, status, answer, location FROM idempotency_keys
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND key = $2::text

-- name: idempotency_keep
-- $1 person, $2 key, $3 status, $4 answer, $5 Location or NULL
UPDATE idempotency_keys SET status = $3::integer, answer = $4::text, location = $5::text
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND key = $2::text
