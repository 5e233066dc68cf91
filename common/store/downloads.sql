-- Downloads: one part of a message, as it stands in the raw message; or all of it.

-- name: download_read
-- $1 message, $2 ordinal of the part
SELECT p.content_type, coalesce(p.name, ''), p.encoding,
       substring(i.raw FROM p.raw_offset::integer + 1 FOR p.raw_length::integer)
FROM parts p
JOIN messages m ON m.tenant_id = p.tenant_id AND m.id = p.message_id
JOIN inbound i ON i.tenant_id = m.tenant_id AND i.id = m.inbound_id
WHERE p.tenant_id = current_tenant() AND p.message_id = $1::uuid
  AND p.ordinal = $2::integer

-- name: download_whole
-- $1 message
SELECT 'message/rfc822', coalesce('ticket-' || k.number, 'message') || '.eml', '', i.raw
FROM messages m
JOIN inbound i ON i.tenant_id = m.tenant_id AND i.id = m.inbound_id
LEFT JOIN tickets k ON k.tenant_id = m.tenant_id AND k.id = m.conversation_id
WHERE m.tenant_id = current_tenant() AND m.id = $1::uuid
