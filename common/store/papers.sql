-- Papers: a customer's ticket to be taken along, as PDF or as mail.

-- name: paper_ticket
-- $1 person, $2 number, $3 the reader's language. What this person may read of it; no notes, no agent's own address.
SELECT jsonb_build_object(
    'number', k.number, 'subject', c.subject, 'status', k.status, 'priority', k.priority,
    'category_label', category_label(k.category, $3::text),
    'created_at', extract(epoch FROM k.created_at)::bigint,
    'requester', (SELECT coalesce(nullif(p.name, ''), a.address, '')
                  FROM people p
                  LEFT JOIN LATERAL (
                      SELECT x.address FROM addresses x
                      WHERE x.tenant_id = p.tenant_id AND x.person_id = p.id
                      ORDER BY x.created_at, x.id LIMIT 1) AS a ON true
                  WHERE p.tenant_id = k.tenant_id AND p.id = k.requester_id),
    'messages', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'author', CASE WHEN m.author_role = 'agent'
                                  THEN coalesce(nullif(p.name, ''), q.name)
                                  ELSE coalesce(nullif(p.name, ''), m.author_address) END,
                   'is_agent', m.author_role = 'agent', 'text', m.text,
                   'at', extract(epoch FROM m.received_at)::bigint,
                   'attachments', (
                       SELECT coalesce(jsonb_agg(jsonb_build_object(
                                  'name', coalesce(nullif(r.name, ''), r.content_type),
                                  'size', r.size) ORDER BY r.ordinal), '[]')
                       FROM parts r
                       WHERE r.tenant_id = m.tenant_id AND r.message_id = m.id
                         AND NOT r.is_body))
                   ORDER BY m.received_at, m.id), '[]')
        FROM messages m
        JOIN people p ON p.tenant_id = m.tenant_id AND p.id = m.author_id
        WHERE m.tenant_id = k.tenant_id AND m.conversation_id = k.id AND NOT m.is_note))
FROM tickets k
JOIN conversations c ON c.tenant_id = k.tenant_id AND c.id = k.id
LEFT JOIN queues q ON q.tenant_id = c.tenant_id AND q.id = c.queue_id
WHERE k.tenant_id = current_tenant() AND k.number = $2::bigint AND c.merged_into IS NULL
  AND EXISTS (SELECT FROM participants y
              WHERE y.tenant_id = k.tenant_id AND y.conversation_id = k.id
                AND y.person_id = $1::uuid AND y.left_at IS NULL)

-- name: paper_mails
-- $1 person, $2 number, or NULL for all of theirs: the mails that they sent and were sent,
-- by age. Mail of others holds addresses that act for those: it is seen as it was passed on.
WITH own AS (
    SELECT y.conversation_id AS id
    FROM participants y
    LEFT JOIN tickets k ON k.tenant_id = y.tenant_id AND k.id = y.conversation_id
    WHERE y.tenant_id = current_tenant() AND y.person_id = $1::uuid AND y.left_at IS NULL
      AND ($2::bigint IS NULL OR k.number = $2::bigint)
)
SELECT 'inbound', i.id, coalesce(i.envelope_from, ''), i.received_at AS at, i.size
FROM inbound i
WHERE i.tenant_id = current_tenant()
  AND i.id IN (SELECT m.inbound_id FROM messages m
               WHERE m.tenant_id = current_tenant() AND m.author_id = $1::uuid
                 AND NOT m.is_note AND m.conversation_id IN (SELECT id FROM own))
UNION ALL
SELECT 'outbox', o.id, coalesce(o.envelope_from, ''), o.finished_at,
       octet_length(o.bytes)
FROM outbox o
WHERE o.tenant_id = current_tenant() AND o.person_id = $1::uuid AND o.state = 'sent'
  AND o.role IN ('requester', 'cc') AND o.bytes IS NOT NULL
  AND o.conversation_id IN (SELECT id FROM own)
ORDER BY at, 2

-- name: paper_mail_came
-- $1 inbound id
SELECT raw FROM inbound WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: paper_mail_left
-- $1 outbox id
SELECT bytes FROM outbox WHERE tenant_id = current_tenant() AND id = $1::uuid
