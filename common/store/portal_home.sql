-- The customer's start page, their conversations and their own texts.

-- name: portal_dashboard
-- $1 person
WITH own AS (
    SELECT t.tenant_id, t.id, t.number, t.status, t.priority, t.category, t.sla_due_at,
           c.subject, c.updated_at, y.last_read_at
    FROM participants y
    JOIN tickets t ON t.tenant_id = y.tenant_id AND t.id = y.conversation_id
    JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
    WHERE y.tenant_id = current_tenant() AND y.person_id = $1::uuid AND y.left_at IS NULL
      AND y.role IN ('requester', 'cc') AND c.merged_into IS NULL
), newest AS (
    SELECT own.*, EXISTS (
               SELECT FROM messages m
               WHERE m.tenant_id = own.tenant_id AND m.conversation_id = own.id
                 AND NOT m.is_note AND m.author_id <> $1::uuid
                 AND m.received_at > coalesce(own.last_read_at, '-infinity')) AS is_unread
    FROM own ORDER BY updated_at DESC, id DESC LIMIT 200
)
SELECT jsonb_build_object(
    'total', (SELECT count(*) FROM own),
    'unread', (SELECT count(*) FROM newest WHERE is_unread),
    'counts', (
        SELECT coalesce(jsonb_object_agg(s.status, s.n), '{}')
        FROM (SELECT status, count(*) AS n FROM own GROUP BY status) AS s),
    'tickets', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', o.id, 'number', o.number, 'subject', o.subject, 'status', o.status,
                   'priority', o.priority, 'sla_due_at', time_rfc3339(o.sla_due_at),
                   'is_unread', o.is_unread)
                   ORDER BY o.is_unread DESC, o.updated_at DESC), '[]')
        FROM (SELECT * FROM newest WHERE status NOT IN ('resolved', 'closed')
              ORDER BY is_unread DESC, updated_at DESC LIMIT 6) AS o),
    'activity', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', a.id, 'kind', a.kind, 'number', a.number, 'subject', a.subject,
                   'at', time_rfc3339(a.created_at),
                   'actor', coalesce(nullif(p.name, ''),
                                     CASE WHEN p.role = 'customer' THEN NULL
                                          ELSE a.queue END),
                   'is_mine', a.actor_id = $1::uuid,
                   'to', CASE a.kind WHEN 'status' THEN a.after END)
                   ORDER BY a.id DESC), '[]')
        FROM (SELECT e.*, n.number, n.subject, q.name AS queue
              FROM (SELECT * FROM newest ORDER BY updated_at DESC LIMIT 10) AS n
              JOIN conversations c ON c.tenant_id = n.tenant_id AND c.id = n.id
              JOIN queues q ON q.tenant_id = c.tenant_id AND q.id = c.queue_id
              CROSS JOIN LATERAL (
                  SELECT e.* FROM events e
                  WHERE e.tenant_id = n.tenant_id AND e.conversation_id = n.id
                    AND e.kind IN ('opened', 'customer_reply', 'answer', 'status', 'rated',
                                   'escalated')
                  ORDER BY e.id DESC LIMIT 10) AS e
              ORDER BY e.id DESC LIMIT 10) AS a
        LEFT JOIN people p ON p.tenant_id = a.tenant_id AND p.id = a.actor_id))::text

-- name: portal_conversation_list
-- $1 person, $2 those put away instead of the others, $3 words or NULL, $4 and $5 the place
-- after which it goes on, or NULL, $6 most
WITH own AS (
    SELECT c.tenant_id, c.id, c.subject, t.number, t.status, y.last_read_at,
           last.received_at, last.text, last.author_id,
           (extract(epoch FROM last.received_at) * 1000000)::bigint AS place
    FROM participants y
    JOIN conversations c ON c.tenant_id = y.tenant_id AND c.id = y.conversation_id
    JOIN tickets t ON t.tenant_id = c.tenant_id AND t.id = c.id
    CROSS JOIN LATERAL (
        SELECT m.received_at, m.author_id, left(m.text, 200) AS text FROM messages m
        WHERE m.tenant_id = c.tenant_id AND m.conversation_id = c.id AND NOT m.is_note
        ORDER BY m.received_at DESC, m.id DESC LIMIT 1) AS last
    WHERE y.tenant_id = current_tenant() AND y.person_id = $1::uuid AND y.left_at IS NULL
      AND y.role IN ('requester', 'cc') AND c.merged_into IS NULL
      AND coalesce(y.archived_at >= last.received_at, false) = $2::boolean
      AND ($3::text IS NULL OR c.id IN (SELECT search_own_conversations($3::text)))
), found AS (
    SELECT * FROM own
    WHERE $4::bigint IS NULL OR (place, id) < ($4::bigint, $5::uuid)
    ORDER BY place DESC, id DESC LIMIT $6::bigint + 1
), shown AS (
    SELECT found.*, row_number() OVER (ORDER BY place DESC, id DESC) AS nth FROM found
)
SELECT jsonb_build_object(
    'items', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
                   'id', id, 'number', number, 'subject', subject, 'status', status,
                   'last_message_at', time_rfc3339(received_at), 'last_message', text,
                   'is_archived', $2::boolean,
                   'unread', CASE WHEN author_id = $1::uuid THEN 0 ELSE (
                       SELECT count(*) FROM messages m
                       WHERE m.tenant_id = shown.tenant_id AND m.conversation_id = shown.id
                         AND NOT m.is_note AND m.author_id <> $1::uuid
                         AND m.received_at > coalesce(shown.last_read_at, '-infinity'))
                       END)
                   ORDER BY nth)
        FROM shown WHERE nth <= $6::bigint), '[]'),
    'next', (SELECT 'after.updated.' || place || '.' || id FROM shown
             WHERE nth = $6::bigint
               AND (SELECT count(*) FROM shown) > $6::bigint))::text

-- name: portal_conversation_archive
-- $1 conversation, $2 person
UPDATE participants SET archived_at = now()
WHERE tenant_id = current_tenant() AND conversation_id = $1::uuid AND person_id = $2::uuid

-- name: customer_text_list
-- $1 person
SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
           'id', x.id, 'title', x.title, 'text', x.text) ORDER BY x.title, x.id), '[]'),
           'next', NULL)::text
FROM customer_texts x
WHERE x.tenant_id = current_tenant() AND x.person_id = $1::uuid

-- name: customer_text_versions
-- $1 person: the same for their page, each with its document as the API has it (`state`)
SELECT jsonb_build_object('items', coalesce(jsonb_agg(
           x.document || jsonb_build_object('state', x.document::text)
           ORDER BY x.title, x.id), '[]'))::text
FROM (SELECT t.id, t.title,
             jsonb_build_object('id', t.id, 'title', t.title, 'text', t.text) AS document
      FROM customer_texts t
      WHERE t.tenant_id = current_tenant() AND t.person_id = $1::uuid) AS x

-- name: customer_text_read
-- $1 id, $2 person
SELECT jsonb_build_object('id', x.id, 'title', x.title, 'text', x.text)::text
FROM customer_texts x
WHERE x.tenant_id = current_tenant() AND x.id = $1::uuid AND x.person_id = $2::uuid

-- name: customer_text_lock
-- $1 id, $2 person: the same; others wait to change it
SELECT jsonb_build_object('id', x.id, 'title', x.title, 'text', x.text)::text
FROM customer_texts x
WHERE x.tenant_id = current_tenant() AND x.id = $1::uuid AND x.person_id = $2::uuid
FOR UPDATE

-- name: customer_text_put
-- $1 id, $2 person, $3 title, $4 text, $5 most of one person: made, or changed where it is
-- theirs; no row when they have too many
INSERT INTO customer_texts AS x (tenant_id, id, person_id, title, text)
SELECT current_tenant(), $1::uuid, $2::uuid, $3::text, $4::text
WHERE (SELECT count(*) FROM customer_texts o
       WHERE o.tenant_id = current_tenant() AND o.person_id = $2::uuid
         AND o.id <> $1::uuid) < $5::bigint
ON CONFLICT (tenant_id, id) DO UPDATE SET title = excluded.title, text = excluded.text
WHERE x.person_id = excluded.person_id
RETURNING jsonb_build_object('id', x.id, 'title', x.title, 'text', x.text)::text

-- name: customer_text_exists
-- $1 id, $2 person
SELECT x.text FROM customer_texts x
WHERE x.tenant_id = current_tenant() AND x.id = $1::uuid AND x.person_id = $2::uuid

-- name: customer_text_remove
-- $1 id, $2 person
DELETE FROM customer_texts
WHERE tenant_id = current_tenant() AND id = $1::uuid AND person_id = $2::uuid
