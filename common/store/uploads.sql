-- Uploads: files that wait for the message they belong to.

-- name: upload_add
-- $1 id, $2 person, $3 name, $4 type, $5 content, $6 most files, $7 most bytes of one person,
-- $8 the only conversation it may go to, or NULL. No row when there are too many already.
INSERT INTO uploads (tenant_id, id, person_id, name, content_type, size, content,
                     conversation_id)
SELECT current_tenant(), $1::uuid, $2::uuid, $3::text, $4::text, octet_length($5::bytea),
       $5::bytea, $8::uuid
FROM (SELECT count(*) AS n, coalesce(sum(u.size), 0) AS bytes FROM uploads u
      WHERE u.tenant_id = current_tenant() AND u.person_id = $2::uuid) AS have
WHERE have.n < $6::bigint AND have.bytes + octet_length($5::bytea) <= $7::bigint
RETURNING jsonb_build_object('id', id, 'name', name, 'content_type', content_type,
                             'size', size)::text

-- name: upload_remove
-- $1 id, $2 person
DELETE FROM uploads
WHERE tenant_id = current_tenant() AND id = $1::uuid AND person_id = $2::uuid

-- name: uploads_take
-- $1 ids, $2 person: what goes into a message is no longer here
WITH taken AS (
    DELETE FROM uploads
    WHERE tenant_id = current_tenant() AND id = ANY ($1::text[]::uuid[])
      AND person_id = $2::uuid
    RETURNING id, name, content_type, content)
SELECT name, content_type, content FROM taken ORDER BY array_position($1::text[], id::text)
