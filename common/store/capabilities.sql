-- Capabilities: what we gave to one person to come back with.

-- name: capability_add
-- $1 id, $2 kind, $3 conversation, $4 person, $5 message or NULL, $6 its part, $7 digest of
-- the token, $8 expiry
INSERT INTO capabilities (tenant_id, id, kind, conversation_id, person_id, object_id,
                          ordinal, token_digest, expires_at)
VALUES (current_tenant(), $1::uuid, $2::text, $3::uuid, $4::uuid, $5::uuid, $6::integer,
        $7::bytea, $8::timestamptz)

-- name: capability_find
-- $1 digest of the token; over all tenants
SELECT tenant_id, id FROM capability_find($1::bytea)

-- name: capability_read
-- $1 digest of the token; of this tenant
SELECT k.id, k.kind, coalesce(c.merged_into, c.id), k.conversation_id,
       k.person_id,
       k.object_id, coalesce(k.ordinal, 0), k.expires_at, k.revoked_at IS NOT NULL,
       k.expires_at <= now()
FROM capabilities k
JOIN conversations c ON c.tenant_id = k.tenant_id AND c.id = coalesce(k.moved_to, k.conversation_id)
WHERE k.tenant_id = current_tenant() AND k.token_digest = $1::bytea

-- name: capability_use
-- $1 id. What came back proves that its address is that person's.
WITH used AS (
    UPDATE capabilities SET used_at = now()
    WHERE tenant_id = current_tenant() AND id = $1::uuid AND used_at IS NULL
    RETURNING id)
UPDATE addresses a SET verified_at = now()
FROM used JOIN outbox o ON o.tenant_id = current_tenant() AND o.capability_id = used.id
WHERE a.tenant_id = current_tenant() AND a.address = o.address AND a.verified_at IS NULL
