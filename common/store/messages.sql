-- Messages: what was said, an index over the raw bytes.

-- name: message_find_copy
-- $1 Message-ID, $2 digest of the body in hex: the same mail, come a second time
SELECT coalesce(c.merged_into, c.id), m.id FROM messages m
JOIN conversations c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id
WHERE m.tenant_id = current_tenant() AND m.message_id = $1::text
  AND m.body_sha256 = decode($2::text, 'hex')
LIMIT 1

-- name: message_add
-- $1 id, $2 conversation, $3 inbound, $4 author, $5 their address, $6 role, $7 note,
-- $8 Message-ID, $9 digest of the body in hex, $10 subject, $11 text, $12 full text, $13 auto,
-- $14 evidence, $15 sent, $16 received, $17 crypto
INSERT INTO messages (tenant_id, id, conversation_id, inbound_id, author_id, author_address,
                      author_role, is_note, message_id, body_sha256, subject, text,
                      full_text, auto, evidence, sent_at, received_at, crypto)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::text,
        $7::boolean, $8::text, decode($9::text, 'hex'), $10::text, $11::text, $12::text, $13::text,
        $14::jsonb, $15::timestamptz, $16::timestamptz, $17::jsonb)

-- name: part_add
-- $1 message, $2 ordinal, $3 path, $4 type, $5 charset, $6 encoding, $7 name, $8 content id,
-- $9 inline, $10 body, $11 offset, $12 length, $13 size, $14 digest in hex
INSERT INTO parts (tenant_id, message_id, ordinal, path, content_type, charset, encoding,
                   name, content_id, is_inline, is_body, raw_offset, raw_length, size, sha256)
VALUES (current_tenant(), $1::uuid, $2::integer, $3::text, $4::text, $5::text, $6::text,
        $7::text, $8::text, $9::boolean, $10::boolean, $11::bigint, $12::bigint,
        $13::bigint, decode($14::text, 'hex'))

-- name: message_texts
-- $1 conversation: what was said before, the newest first, to find quotes by
SELECT coalesce(m.full_text, m.text), m.author_role = 'customer' AND NOT m.is_note
FROM messages m
WHERE m.tenant_id = current_tenant() AND m.conversation_id = $1::uuid
ORDER BY m.received_at DESC, m.id DESC LIMIT 20
