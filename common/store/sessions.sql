-- Sessions: who asks, and the browsers that are signed in.

-- name: portal_caller
-- $1 host, $2 digest of the cookie's token or NULL; over all tenants
SELECT * FROM portal_caller($1::text, $2::bytea)

-- name: session_add
-- $1 id, $2 person, $3 digest of the token, $4 device, $5 peer, $6 days it holds
INSERT INTO sessions (tenant_id, id, person_id, token_digest, device, peer, expires_at)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::bytea, $4::text, $5::text,
        now() + make_interval(days => $6::integer))
