-- What a customer sees of tickets: each statement gives one JSON document, which the API
-- sends and the pages render.
--
-- A ticket is shown to who takes part in it, and where a signed link opened it no other one
-- is. Notes, watchers and agents' own addresses are in none of these documents.

-- name: portal_ticket_list
-- $1 person, $2 statuses (none: all), $3 category, $4 priority, $5 opened from, $6 opened
-- before, $7 words, $8 order, $9 'after' or 'before' the place $10, $11, or NULL, $12 most
WITH own AS (
    SELECT t.tenant_id, t.id, t.number, t.status, t.priority, t.category, t.owner_id,
           t.sla_due_at, t.created_at, c.subject, y.role, y.last_read_at,
           CASE $8::text
               WHEN 'created' THEN (extract(epoch FROM t.created_at) * 1000000)::bigint
               WHEN 'priority' THEN array_position(
                   ARRAY['low', 'normal', 'high', 'urgent'], t.priority)::bigint
               WHEN 'due' THEN -(extract(epoch FROM coalesce(
                   t.sla_due_at, '9999-12-31'::timestamptz)) * 1000000)::bigint
               ELSE (extract(epoch FROM c.updated_at) * 1000000)::bigint END AS place
    FROM participants y
    JOIN tickets t ON t.tenant_id = y.tenant_id AND t.id = y.conversation_id
    JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
    WHERE y.tenant_id = current_tenant() AND y.person_id = $1::uuid AND y.left_at IS NULL
      AND y.role IN ('requester', 'cc') AND c.merged_into IS NULL
      AND (cardinality($2::text[]) = 0 OR t.status = ANY ($2::text[]))
      AND ($3::text IS NULL OR t.category = $3::text)
      AND ($4::text IS NULL OR t.priority = $4::text)
      AND ($5::timestamptz IS NULL OR t.created_at >= $5::timestamptz)
      AND ($6::timestamptz IS NULL OR t.created_at < $6::timestamptz)
      AND ($7::text IS NULL OR t.id IN (SELECT search_own_conversations($7::text)))
), found AS (
    SELECT own.*, row_number() OVER (
               ORDER BY CASE WHEN $9::text = 'before' THEN place END,
                        CASE WHEN $9::text = 'before' THEN id END,
                        place DESC, id DESC) AS nth
    FROM own
    WHERE $9::text IS NULL
       OR ($9::text = 'after' AND (place, id) < ($10::bigint, $11::uuid))
       OR ($9::text = 'before' AND (place, id) > ($10::bigint, $11::uuid))
    ORDER BY nth LIMIT $12::bigint + 1
), shown AS (
    SELECT found.*, last.received_at AS said_at, last.text AS said,
           coalesce(last.author_id <> $1::uuid
                    AND last.received_at > coalesce(found.last_read_at, '-infinity'),
                    false) AS is_unread
    FROM found
    LEFT JOIN LATERAL (
        SELECT m.received_at, m.author_id, left(m.text, 200) AS text FROM messages m
        WHERE m.tenant_id = found.tenant_id AND m.conversation_id = found.id
          AND NOT m.is_note
        ORDER BY m.received_at DESC, m.id DESC LIMIT 1) AS last ON true
    WHERE found.nth <= $12::bigint
), ends AS (
    SELECT (SELECT count(*) > $12::bigint FROM found) AS more,
           (SELECT $8::text || '.' || place || '.' || id FROM shown
            ORDER BY place, id LIMIT 1) AS last,
           (SELECT $8::text || '.' || place || '.' || id FROM shown
            ORDER BY place DESC, id DESC LIMIT 1) AS first
)
SELECT jsonb_build_object(
    'items', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
                   'id', id, 'number', number, 'subject', subject, 'status', status,
                   'priority', priority, 'category', category, 'my_role', role,
                   'created_at', time_rfc3339(created_at),
                   'sla_due_at', time_rfc3339(sla_due_at),
                   'last_message_at', time_rfc3339(said_at), 'last_message', said,
                   'is_unread', is_unread)
                   ORDER BY place DESC, id DESC)
        FROM shown), '[]'),
    'next', CASE WHEN ends.last IS NOT NULL
                             AND (ends.more OR $9::text IS NOT DISTINCT FROM 'before')
                        THEN 'after.' || ends.last END,
    'previous', CASE WHEN ends.first IS NOT NULL
                                 AND ($9::text = 'after' OR ($9::text = 'before' AND ends.more))
                            THEN 'before.' || ends.first END)::text
FROM ends

-- name: portal_ticket_find
-- $1 number or NULL, $2 id or NULL, $3 person, $4 the only one that may be, or NULL: the
-- conversation, and the role that the person has in it
SELECT y.conversation_id, y.role
FROM tickets t
JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
JOIN participants y ON y.tenant_id = t.tenant_id
    AND y.conversation_id = coalesce(c.merged_into, c.id)
WHERE t.tenant_id = current_tenant() AND (t.number = $1::bigint OR t.id = $2::uuid)
  AND y.person_id = $3::uuid AND y.left_at IS NULL AND y.role IN ('requester', 'cc')
  AND ($4::uuid IS NULL OR y.conversation_id = $4::uuid)

-- name: portal_ticket_read
-- $1 conversation, or NULL and $4 its number; $2 person, $3 where its pages are; NULL:
-- /tickets/ and its number; $5 the reader's language. One that was merged is read where it
-- went.
WITH asked AS (
    SELECT $1::uuid AS id WHERE $1::uuid IS NOT NULL
    UNION ALL
    SELECT k.id FROM tickets k
    WHERE k.tenant_id = current_tenant() AND k.number = $4::bigint
), named AS (
    SELECT coalesce(c.merged_into, c.id) AS id
    FROM asked
    JOIN conversations c ON c.tenant_id = current_tenant() AND c.id = asked.id
), ticket AS (
    SELECT t.*, c.subject, q.name AS queue_name, q.address AS queue_address,
           y.role AS my_role, y.last_read_at,
           coalesce($3::text, '/tickets/' || t.number) AS base,
           t.status IN ('resolved', 'closed') AS is_ended,
           coalesce(coalesce(t.closed_at, t.resolved_at)
                    < now() - make_interval(days => q.reopen_days), false) AS is_stale
    FROM tickets t
    JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
    JOIN queues q ON q.tenant_id = c.tenant_id AND q.id = c.queue_id
    JOIN participants y ON y.tenant_id = t.tenant_id AND y.conversation_id = t.id
    WHERE t.tenant_id = current_tenant() AND t.id = (SELECT named.id FROM named)
      AND y.person_id = $2::uuid
      AND y.left_at IS NULL AND y.role IN ('requester', 'cc')
), happened AS (
    SELECT e.*, ticket.queue_name FROM ticket
    JOIN events e ON e.tenant_id = ticket.tenant_id AND e.conversation_id = ticket.id
), said AS (
    SELECT m.*, ticket.base || '/messages/' || m.id AS url,
           CASE WHEN m.author_role = 'agent' THEN ticket.queue_address
                ELSE m.author_address END AS address,
           coalesce(nullif(p.name, ''), CASE WHEN m.author_role = 'agent'
                                             THEN ticket.queue_name ELSE '' END) AS name,
           coalesce(e.door, 'lmtp') IN ('portal', 'api') AS is_typed
    FROM ticket
    JOIN messages m ON m.tenant_id = ticket.tenant_id AND m.conversation_id = ticket.id
        AND NOT m.is_note
    JOIN people p ON p.tenant_id = m.tenant_id AND p.id = m.author_id
    LEFT JOIN happened e ON e.message_id = m.id
        AND e.kind IN ('opened', 'customer_reply', 'answer')
), attached AS (
    SELECT said.id, jsonb_agg(jsonb_build_object(
               'ordinal', r.ordinal, 'content_type', r.content_type, 'size', r.size,
               'name', coalesce(nullif(r.name, ''),
                                CASE r.content_type WHEN 'message/rfc822'
                                     THEN 'message-' || r.ordinal || '.eml'
                                     ELSE 'part-' || r.ordinal END),
               'is_picture', r.content_type IN ('image/png', 'image/jpeg', 'image/gif',
                                                'image/webp'),
               'url', said.url || '/parts/' || r.ordinal,
               'preview_url', CASE WHEN r.content_type IN (
                                       'image/png', 'image/jpeg', 'image/gif', 'image/webp',
                                       'application/pdf', 'text/plain')
                                   THEN said.url || '/parts/' || r.ordinal || '/preview' END)
               ORDER BY r.ordinal) AS list
    FROM said
    JOIN parts r ON r.tenant_id = said.tenant_id AND r.message_id = said.id
        AND NOT r.is_body
    GROUP BY said.id
)
SELECT jsonb_build_object(
    'id', ticket.id, 'number', ticket.number, 'subject', ticket.subject,
    'status', ticket.status, 'priority', ticket.priority, 'category', ticket.category,
    'category_label', category_label(ticket.category, $5::text),
    'source', ticket.source, 'my_role', ticket.my_role, 'url', ticket.base,
    'is_unread', coalesce(ticket.last_read_at, '-infinity') < (
            SELECT max(said.received_at) FROM said)
        OR EXISTS (SELECT FROM notifications n
                   JOIN conversations w ON w.tenant_id = n.tenant_id
                       AND w.id = n.conversation_id
                   WHERE n.tenant_id = ticket.tenant_id AND n.person_id = $2::uuid
                     AND n.read_at IS NULL AND coalesce(w.merged_into, w.id) = ticket.id),
    'created_at', time_rfc3339(ticket.created_at),
    'sla_due_at', CASE WHEN NOT ticket.is_ended THEN time_rfc3339(ticket.sla_due_at) END,
    'first_response_at', time_rfc3339(ticket.first_response_at),
    'resolved_at', time_rfc3339(ticket.resolved_at),
    'closed_at', time_rfc3339(ticket.closed_at),
    'rating', ticket.satisfaction_rating, 'rating_comment', ticket.satisfaction_comment,
    'is_escalated', 'escalated' = ANY (ticket.tags),
    'can', jsonb_build_object(
        'reply', NOT ticket.is_stale,
        'close', ticket.my_role = 'requester' AND ticket.status <> 'closed',
        'reopen', ticket.is_ended AND NOT ticket.is_stale,
        'rate', ticket.my_role = 'requester' AND ticket.is_ended
                AND portal_offers('rating'),
        'escalate', ticket.my_role = 'requester' AND NOT ticket.is_ended
                    AND NOT 'escalated' = ANY (ticket.tags)
                    AND portal_offers('escalation')),
    'owner', (SELECT jsonb_build_object('name', coalesce(nullif(p.name, ''),
                                                         ticket.queue_name))
              FROM people p
              WHERE p.tenant_id = ticket.tenant_id AND p.id = ticket.owner_id),
    'participants', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'name', p.name, 'address', a.address, 'role', y.role,
                   'is_me', p.id = $2::uuid)
                   ORDER BY y.role = 'requester' DESC, y.joined_at, y.person_id), '[]')
        FROM participants y
        JOIN people p ON p.tenant_id = y.tenant_id AND p.id = y.person_id
        JOIN addresses a ON a.tenant_id = y.tenant_id AND a.id = y.address_id
        WHERE y.tenant_id = ticket.tenant_id AND y.conversation_id = ticket.id
          AND y.left_at IS NULL AND y.role IN ('requester', 'cc')),
    'custom_fields', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'key', f.key,
                   'label', coalesce(label_in(f.labels, $5::text, f.label), f.key),
                   'type', f.type, 'value', ticket.custom_fields -> f.key)
                   ORDER BY f.place), '[]')
        FROM ticket_fields() AS f
        WHERE f.is_visible AND ticket.custom_fields ? f.key),
    'related', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'number', k.number, 'subject', c.subject, 'status', k.status)
                   ORDER BY k.number), '[]')
        FROM (SELECT l.to_id AS id FROM ticket_links l
              WHERE l.tenant_id = ticket.tenant_id AND l.from_id = ticket.id
              UNION
              SELECT l.from_id FROM ticket_links l
              WHERE l.tenant_id = ticket.tenant_id AND l.to_id = ticket.id) AS other
        JOIN tickets k ON k.tenant_id = ticket.tenant_id AND k.id = other.id
        JOIN conversations c ON c.tenant_id = k.tenant_id AND c.id = k.id
        JOIN participants y ON y.tenant_id = k.tenant_id AND y.conversation_id = k.id
        WHERE y.person_id = $2::uuid AND y.left_at IS NULL
          AND y.role IN ('requester', 'cc')),
    'messages', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', said.id,
                   'author', jsonb_build_object('name', said.name,
                                                'address', said.address),
                   'is_agent', said.author_role = 'agent',
                   'is_mine', said.author_id = $2::uuid,
                   'at', time_rfc3339(said.received_at), 'text', said.text,
                   'is_markdown', said.is_typed,
                   'quoted', CASE WHEN said.author_role = 'customer'
                       AND rtrim(said.full_text, E' \r\n') <> rtrim(said.text, E' \r\n')
                       THEN said.full_text END,
                   'html_url', CASE WHEN said.author_role = 'customer' AND NOT said.is_typed
                       AND EXISTS (SELECT FROM parts r
                                   WHERE r.tenant_id = said.tenant_id
                                     AND r.message_id = said.id AND r.is_body
                                     AND r.content_type = 'text/html')
                       THEN said.url || '/view' END,
                   'attachments', coalesce(attached.list, '[]'))
                   ORDER BY said.received_at, said.id), '[]')
        FROM said LEFT JOIN attached ON attached.id = said.id),
    'events', (
        SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                   'id', h.id, 'kind', h.kind, 'at', time_rfc3339(h.created_at),
                   'actor', coalesce(nullif(p.name, ''),
                                     CASE WHEN p.role = 'customer' THEN NULL
                                          ELSE h.queue_name END),
                   'from', CASE WHEN h.kind IN ('status', 'priority') THEN h.before END,
                   'to', CASE WHEN h.kind IN ('status', 'priority', 'rated')
                              THEN h.after END,
                   -- not a join: that would be planned for many, and read all people
                   'owner_name', CASE h.kind WHEN 'owner' THEN (
                       SELECT coalesce(nullif(o.name, ''), h.queue_name)
                       FROM people o
                       WHERE o.tenant_id = h.tenant_id
                         AND o.id = (h.after ->> 'owner')::uuid) END,
                   'reason', CASE h.kind WHEN 'escalated' THEN h.detail ->> 'reason' END,
                   'address', CASE h.kind WHEN 'joined' THEN h.detail ->> 'address' END))
                   ORDER BY h.id), '[]')
        FROM happened h
        LEFT JOIN people p ON p.tenant_id = h.tenant_id AND p.id = h.actor_id
        WHERE h.kind IN ('opened', 'status', 'priority', 'rated', 'escalated')
           OR (h.kind = 'owner' AND h.after ->> 'owner' IS NOT NULL)
           OR (h.kind = 'joined' AND h.detail ->> 'role' = 'cc')))::text
FROM ticket

-- name: portal_ticket_mark_read
-- $1 conversation, $2 person, $3 when what they have seen was read: it, and what they were
-- told of it
WITH told AS (
    UPDATE notifications n SET read_at = now()
    FROM conversations c
    WHERE n.tenant_id = current_tenant() AND n.person_id = $2::uuid AND n.read_at IS NULL
      AND n.created_at <= $3::timestamptz
      AND c.tenant_id = n.tenant_id AND c.id = n.conversation_id
      AND $1::uuid = coalesce((SELECT m.conversation_id FROM messages m
                               WHERE m.tenant_id = n.tenant_id AND m.id = n.message_id),
                              c.merged_into, c.id))
UPDATE participants SET last_read_at = greatest(last_read_at, $3::timestamptz)
WHERE tenant_id = current_tenant() AND conversation_id = $1::uuid AND person_id = $2::uuid
  AND coalesce(last_read_at, '-infinity') < (
      SELECT max(m.received_at) FROM messages m
      WHERE m.tenant_id = current_tenant() AND m.conversation_id = $1::uuid
        AND NOT m.is_note)

-- name: portal_link_read
-- $1 when what they have seen was read: the same for what the holder of a link was told
SELECT link_read($1::timestamptz)

-- name: portal_choices
-- $1 the reader's language: what a new ticket may be about, and the tenant's own fields that
-- a customer fills in
SELECT jsonb_build_object(
    'categories', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'key', c.key,
                   'label', coalesce(label_in(c.labels, $1::text, NULL), c.key))
                   ORDER BY c.place), '[]')
        FROM ticket_categories() AS c WHERE NOT c.is_retired),
    'priorities', jsonb_build_array('low', 'normal', 'high', 'urgent'),
    'fields', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'key', f.key,
                   'label', coalesce(label_in(f.labels, $1::text, f.label), f.key),
                   'type', f.type, 'required', f.is_required, 'options', f.options,
                   'visible_to_customer', true)
                   ORDER BY f.place), '[]')
        FROM ticket_fields() AS f WHERE f.is_visible AND NOT f.is_retired))::text

-- name: portal_message
-- $1 conversation, $2 message: its raw bytes where they may be shown: never an agent's
-- mail, which quotes the notice that it answers
SELECT i.raw, m.author_role = 'customer' OR i.door IN ('portal', 'api'), m.received_at
FROM messages m
JOIN inbound i ON i.tenant_id = m.tenant_id AND i.id = m.inbound_id
WHERE m.tenant_id = current_tenant() AND m.conversation_id = $1::uuid
  AND m.id = $2::uuid AND NOT m.is_note

-- name: portal_file
-- $1 conversation, $2 message, $3 ordinal: whether that part is a file there. What is a
-- mail's text is not: an agent's quotes the notice that it answers.
SELECT p.ordinal FROM messages m
JOIN parts p ON p.tenant_id = m.tenant_id AND p.message_id = m.id
WHERE m.tenant_id = current_tenant() AND m.conversation_id = $1::uuid
  AND m.id = $2::uuid AND NOT m.is_note AND p.ordinal = $3::bigint AND NOT p.is_body

-- name: portal_part_of_content_id
-- $1 message, $2 Content-ID: the number of that part
SELECT p.ordinal FROM parts p
WHERE p.tenant_id = current_tenant() AND p.message_id = $1::uuid
  AND p.content_id = $2::text
ORDER BY p.ordinal LIMIT 1
