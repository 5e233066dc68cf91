-- Downloads: one part of a message, as it stands in the raw message; or all of it.

-- name: download_read
-- $1 message, $2 ordinal of the part
SELECT p.content_type, coalesce(p.name, ''), p.encoding,
       CASE WHEN (m.crypto ->> 'opened')::boolean
            THEN substring(u.opened FROM p.raw_offset::integer + 1
                           FOR p.raw_length::integer)
            ELSE substring(i.raw FROM p.raw_offset::integer + 1
                           FOR p.raw_length::integer) END
FROM parts p
JOIN messages m ON m.tenant_id = p.tenant_id AND m.id = p.message_id
JOIN inbound i ON i.tenant_id = m.tenant_id AND i.id = m.inbound_id
LEFT JOIN unsealings u ON u.tenant_id = m.tenant_id AND u.inbound_id = m.inbound_id
WHERE p.tenant_id = current_tenant() AND p.message_id = $1::uuid
  AND p.ordinal = $2::integer

-- name: download_whole
-- $1 message
SELECT 'message/rfc822', coalesce('ticket-' || k.number, 'message') || '.eml', '',
       CASE WHEN (m.crypto ->> 'opened')::boolean THEN u.opened ELSE i.raw END
FROM messages m
JOIN inbound i ON i.tenant_id = m.tenant_id AND i.id = m.inbound_id
LEFT JOIN unsealings u ON u.tenant_id = m.tenant_id AND u.inbound_id = m.inbound_id
LEFT JOIN tickets k ON k.tenant_id = m.tenant_id AND k.id = m.conversation_id
WHERE m.tenant_id = current_tenant() AND m.id = $1::uuid
