-- Brand: how a tenant's portal looks, and what stands on each of its pages.

-- name: page_frame
-- $1 to how many: what every page shows beside its own, and what the viewer has not read,
-- counted up to that: JSON
SELECT jsonb_build_object(
    'title', t.title,
    'accent', t.settings #>> '{portal,accent}',
    'welcome', coalesce(t.settings #>> '{portal,welcome}', ''),
    'features', coalesce(t.settings #> '{portal,features}', '{}'),
    'logo', (SELECT extract(epoch FROM l.updated_at)::bigint FROM brand_logos l
             WHERE l.tenant_id = t.id),
    'announcements', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', a.id, 'title', a.title, 'text', a.text,
                   'is_warning', a.kind = 'maintenance')
                   ORDER BY a.kind = 'maintenance' DESC, a.starts_at DESC, a.id), '[]')
        FROM announcements a
        WHERE a.tenant_id = t.id AND a.starts_at <= now()
          AND (a.ends_at IS NULL OR a.ends_at > now())),
    'unread', (
        SELECT count(*) FROM (
            SELECT FROM notifications n
            WHERE n.tenant_id = t.id AND n.person_id = current_person()
              AND n.read_at IS NULL
            LIMIT $1::bigint) AS u))::text
FROM tenants t WHERE t.id = current_tenant()

-- name: brand_logo
SELECT l.content_type, l.content FROM brand_logos l WHERE l.tenant_id = current_tenant()

-- name: brand_read
-- what an admin set: JSON
SELECT jsonb_build_object(
    'title', t.title, 'accent', t.settings #>> '{portal,accent}',
    'welcome', coalesce(t.settings #>> '{portal,welcome}', ''),
    'features', coalesce(t.settings #> '{portal,features}', '{}'),
    'logo', (SELECT extract(epoch FROM l.updated_at)::bigint FROM brand_logos l
             WHERE l.tenant_id = t.id))::text
FROM tenants t WHERE t.id = current_tenant()

-- name: brand_lock
SELECT id FROM tenants WHERE id = current_tenant() FOR NO KEY UPDATE

-- name: brand_set
-- $1 title, $2 accent, $3 welcome text, $4 features as JSON
UPDATE tenants
SET title = $1::text,
    settings = jsonb_set(settings, '{portal}', coalesce(settings -> 'portal', '{}')
                         || jsonb_build_object('accent', $2::text, 'welcome', $3::text,
                                               'features', $4::jsonb))
WHERE id = current_tenant()

-- name: brand_set_logo
-- $1 type, $2 bytes
INSERT INTO brand_logos (tenant_id, content_type, content)
VALUES (current_tenant(), $1::text, $2)
ON CONFLICT (tenant_id) DO UPDATE
SET content_type = excluded.content_type, content = excluded.content, updated_at = now()

-- name: brand_remove_logo
DELETE FROM brand_logos WHERE tenant_id = current_tenant()

-- name: announcements_list
-- $1 start (microseconds) and $2 id after which it goes on, or NULL, $3 most: the items,
-- the newest first; where more follow, start and id of the last
WITH found AS (
    SELECT a.id, (extract(epoch FROM a.starts_at) * 1000000)::bigint AS place,
           row_number() OVER (ORDER BY a.starts_at DESC, a.id DESC) AS nth,
           jsonb_build_object(
               'id', a.id, 'kind', a.kind, 'title', a.title, 'text', a.text,
               'starts_at', time_rfc3339(a.starts_at), 'ends_at', time_rfc3339(a.ends_at),
               'author', p.name,
               'state', CASE WHEN a.ends_at <= now() THEN 'past'
                             WHEN a.starts_at > now() THEN 'coming' ELSE 'shown' END) AS document
    FROM announcements a
    JOIN people p ON p.tenant_id = a.tenant_id AND p.id = a.author_id
    WHERE a.tenant_id = current_tenant()
      AND ($1::text IS NULL
           OR ((extract(epoch FROM a.starts_at) * 1000000)::bigint, a.id)
              < ($1::text::bigint, $2::uuid))
    ORDER BY a.starts_at DESC, a.id DESC LIMIT $3::bigint + 1
)
SELECT coalesce(jsonb_agg(document ORDER BY nth) FILTER (WHERE nth <= $3::bigint),
                '[]')::text,
       CASE WHEN count(*) > $3::bigint
            THEN (max(place) FILTER (WHERE nth = $3::bigint))::text END,
       (array_agg(id) FILTER (WHERE nth = $3::bigint))[1]
FROM found

-- name: announcement_read
-- $1 id
SELECT jsonb_build_object(
           'id', a.id, 'kind', a.kind, 'title', a.title, 'text', a.text,
           'starts_at', time_rfc3339(a.starts_at), 'ends_at', time_rfc3339(a.ends_at),
           'author', p.name,
           'state', CASE WHEN a.ends_at <= now() THEN 'past'
                         WHEN a.starts_at > now() THEN 'coming' ELSE 'shown' END)::text
FROM announcements a
JOIN people p ON p.tenant_id = a.tenant_id AND p.id = a.author_id
WHERE a.tenant_id = current_tenant() AND a.id = $1::uuid

-- name: announcement_lock
-- $1 id: others wait to change it
SELECT id FROM announcements WHERE tenant_id = current_tenant() AND id = $1::uuid
FOR UPDATE

-- name: announcement_change
-- $1 id, $2 kind, $3 title, $4 text, $5 start (NULL: as it is), $6 end or NULL (RFC 3339)
UPDATE announcements
SET kind = $2::text, title = $3::text, text = $4::text,
    starts_at = coalesce($5::text::timestamptz, starts_at), ends_at = $6::text::timestamptz
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: announcement_add
-- $1 id, $2 kind, $3 title, $4 text, $5 start or NULL, $6 end or NULL (RFC 3339), $7 author
INSERT INTO announcements (tenant_id, id, kind, title, text, starts_at, ends_at, author_id)
VALUES (current_tenant(), $1::uuid, $2::text, $3::text, $4::text,
        coalesce($5::text::timestamptz, now()), $6::text::timestamptz, $7::uuid)

-- name: announcement_remove
-- $1 id
DELETE FROM announcements WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: admin_overview
-- how the desk does: JSON
SELECT jsonb_build_object(
    'mailboxes', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'name', m.name, 'queue', q.address,
                   'last_contact_at', time_rfc3339(m.last_contact_at),
                   'failing_since_at', time_rfc3339(m.failing_since),
                   'is_failing', m.failing_since IS NOT NULL,
                   'error', coalesce(m.last_error, ''))
                   ORDER BY m.failing_since IS NULL, m.name), '[]')
        FROM mailboxes m
        JOIN queues q ON q.tenant_id = m.tenant_id AND q.id = m.queue_id
        WHERE m.tenant_id = current_tenant()),
    'queues', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'name', q.name, 'address', q.address, 'open', o.n,
                   'waiting_customer', o.waiting, 'overdue', o.overdue)
                   ORDER BY q.name, q.address), '[]')
        FROM queues q
        CROSS JOIN LATERAL (
            SELECT count(*) AS n,
                   count(*) FILTER (WHERE t.status = 'waiting_customer') AS waiting,
                   count(*) FILTER (WHERE t.sla_due_at < now()
                                      AND t.first_response_at IS NULL) AS overdue
            FROM tickets t
            JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
            WHERE t.tenant_id = q.tenant_id AND c.queue_id = q.id
              AND t.status NOT IN ('resolved', 'closed')) AS o
        WHERE q.tenant_id = current_tenant() AND q.retired_at IS NULL),
    'outbox', (
        SELECT jsonb_build_object(
                   'waiting', count(*) FILTER (WHERE o.state IN ('queued', 'sending')),
                   'failed', count(*) FILTER (WHERE o.state = 'failed'),
                   'oldest_at', time_rfc3339(min(o.created_at)
                                FILTER (WHERE o.state IN ('queued', 'sending')
                                          AND o.next_at <= now())))
        FROM outbox o
        WHERE o.tenant_id = current_tenant() AND o.created_at > now() - interval '7 days'),
    'inbound', (SELECT to_jsonb(i) FROM admin_inbound() AS i),
    'domains', (SELECT coalesce(jsonb_agg(d.domain ORDER BY d.domain), '[]')
                FROM portal_domains d WHERE d.tenant_id = current_tenant()))::text

-- name: people_list
-- $1 part of a name or address, $2 role or '', $3 place and $4 id after which it goes on, or
-- NULL, $5 most: the items, who works at the desk first; where more follow, place and id of
-- the last
WITH found AS (
    SELECT p.id, (p.role = 'customer')::text || ' ' || p.name AS place,
           row_number() OVER (ORDER BY p.role = 'customer', p.name, p.id) AS nth,
           jsonb_build_object(
               'id', p.id, 'name', p.name, 'role', p.role, 'address', a.address,
               'teams', (
                   SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name)
                                             ORDER BY t.name), '[]')
                   FROM memberships m
                   JOIN teams t ON t.tenant_id = m.tenant_id AND t.id = m.team_id
                   WHERE m.tenant_id = p.tenant_id AND m.person_id = p.id),
               'is_you', p.id = current_person(),
               'created_at', time_rfc3339(p.created_at)) AS document
    FROM people p
    CROSS JOIN LATERAL (
        SELECT x.address FROM addresses x
        WHERE x.tenant_id = p.tenant_id AND x.person_id = p.id
        ORDER BY x.created_at, x.id LIMIT 1) AS a
    WHERE p.tenant_id = current_tenant()
      AND ($2::text = '' OR p.role = $2::text)
      AND ($1::text = '' OR position(lower($1::text) IN lower(p.name || ' ' || a.address)) > 0)
      AND ($3::text IS NULL
           OR (p.role = 'customer', p.name, p.id)
              > (split_part($3::text, ' ', 1)::boolean,
                 substr($3::text, strpos($3::text, ' ') + 1), $4::uuid))
    ORDER BY p.role = 'customer', p.name, p.id LIMIT $5::bigint + 1
)
SELECT coalesce(jsonb_agg(document ORDER BY nth) FILTER (WHERE nth <= $5::bigint),
                '[]')::text,
       CASE WHEN count(*) > $5::bigint THEN max(place) FILTER (WHERE nth = $5::bigint) END,
       (array_agg(id) FILTER (WHERE nth = $5::bigint))[1]
FROM found

-- name: people_read
-- $1 person
SELECT jsonb_build_object(
           'id', p.id, 'name', p.name, 'role', p.role, 'address', a.address,
           'teams', (
               SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name)
                                         ORDER BY t.name), '[]')
               FROM memberships m
               JOIN teams t ON t.tenant_id = m.tenant_id AND t.id = m.team_id
               WHERE m.tenant_id = p.tenant_id AND m.person_id = p.id),
           'is_you', p.id = current_person(),
           'created_at', time_rfc3339(p.created_at))::text
FROM people p
CROSS JOIN LATERAL (
    SELECT x.address FROM addresses x
    WHERE x.tenant_id = p.tenant_id AND x.person_id = p.id
    ORDER BY x.created_at, x.id LIMIT 1) AS a
WHERE p.tenant_id = current_tenant() AND p.id = $1::uuid

-- name: people_lock
-- $1 person: others wait to give them a role
SELECT id FROM people WHERE tenant_id = current_tenant() AND id = $1::uuid
FOR NO KEY UPDATE

-- name: people_set_role
-- $1 person, $2 role. The last admin stays one: no row then.
UPDATE people SET role = $2::text
WHERE tenant_id = current_tenant() AND id = $1::uuid
  AND ($2::text = 'admin' OR role <> 'admin' OR EXISTS (
      SELECT FROM people o WHERE o.tenant_id = current_tenant() AND o.role = 'admin'
        AND o.id <> $1::uuid))
RETURNING id

-- name: people_teams
SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) ORDER BY t.name),
                '[]')::text
FROM teams t WHERE t.tenant_id = current_tenant()

-- name: people_join_team
-- $1 team, $2 person: no row when there is no such team
WITH added AS (
    INSERT INTO memberships (tenant_id, team_id, person_id)
    SELECT t.tenant_id, t.id, $2::uuid FROM teams t
    WHERE t.tenant_id = current_tenant() AND t.id = $1::uuid
    ON CONFLICT DO NOTHING)
SELECT id FROM teams WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: people_leave_teams
-- $1 person
DELETE FROM memberships WHERE tenant_id = current_tenant() AND person_id = $1::uuid

-- name: admin_test_mail
-- $1 id, $2 template, $3 person, $4 address, $5 subject, $6 reverse path, $7 the mail. It is
-- rendered already, so that the sender sends these very bytes.
INSERT INTO outbox (tenant_id, id, template, person_id, address, role, automatic, subject,
                    envelope_from, bytes)
VALUES (current_tenant(), $1::uuid, $2::text, $3::uuid, $4::text, 'account', false, $5::text,
        $6::text, $7)

-- name: admin_audit
-- $1 part of a name or address of whom it is about or who did it, $2 kind or '', $3 id after
-- which it goes on or NULL, $4 most: JSON, the newest first. Of the detail only what an admin
-- wrote themselves.
WITH asked AS (
    SELECT p.id FROM people p
    WHERE p.tenant_id = current_tenant() AND $1::text <> ''
      AND (position(lower($1::text) IN lower(p.name)) > 0
           OR EXISTS (SELECT FROM addresses x
                      WHERE x.tenant_id = p.tenant_id AND x.person_id = p.id
                        AND position(lower($1::text) IN lower(x.address)) > 0))
), found AS (
    SELECT a.*, row_number() OVER (ORDER BY a.id DESC) AS nth FROM audit a
    WHERE a.tenant_id = current_tenant()
      AND ($3::uuid IS NULL OR a.id < $3::uuid)
      AND ($2::text = '' OR a.kind = $2::text)
      AND ($1::text = '' OR a.person_id IN (SELECT id FROM asked)
                         OR a.actor_id IN (SELECT id FROM asked))
    ORDER BY a.id DESC LIMIT $4::bigint + 1
), named AS (
    SELECT f.nth, f.id, jsonb_build_object(
        'id', f.id, 'kind', f.kind, 'at', time_rfc3339(f.created_at),
        'peer', f.peer, 'device', f.device,
        'person', coalesce(p.name, ''), 'person_address', coalesce(p.address, ''),
        'actor', coalesce(o.name, p.name, ''), 'actor_address', coalesce(o.address, p.address, ''),
        'is_other', p.id IS NOT NULL AND o.id IS NOT NULL AND p.id <> o.id,
        'about', CASE WHEN f.kind IN ('role', 'queue', 'queue_added', 'queue_retired',
                                      'category', 'field')
                      THEN coalesce(f.detail ->> 'role', f.detail ->> 'name', '')
                      ELSE '' END) AS document
    FROM found f
    LEFT JOIN LATERAL (
        SELECT y.id, y.name, (SELECT x.address FROM addresses x
                              WHERE x.tenant_id = y.tenant_id AND x.person_id = y.id
                              ORDER BY x.created_at, x.id LIMIT 1) AS address
        FROM people y WHERE y.tenant_id = f.tenant_id AND y.id = f.person_id) AS p ON true
    LEFT JOIN LATERAL (
        SELECT y.id, y.name, (SELECT x.address FROM addresses x
                              WHERE x.tenant_id = y.tenant_id AND x.person_id = y.id
                              ORDER BY x.created_at, x.id LIMIT 1) AS address
        FROM people y WHERE y.tenant_id = f.tenant_id AND y.id = f.actor_id) AS o ON true
    WHERE f.nth <= $4::bigint
)
SELECT jsonb_build_object(
    'items', coalesce((SELECT jsonb_agg(document ORDER BY nth) FROM named), '[]'),
    'next', CASE WHEN (SELECT count(*) FROM found) > $4::bigint
                 THEN (SELECT id FROM named WHERE nth = $4::bigint) END)::text

-- name: admin_queues
-- every queue that is not retired, with its policy, and who can have it: JSON
SELECT jsonb_build_object(
    'items', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', q.id, 'name', q.name, 'address', q.address,
                   'open', (SELECT count(*) FROM tickets t
                            JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
                            WHERE t.tenant_id = q.tenant_id AND c.queue_id = q.id
                              AND t.status NOT IN ('resolved', 'closed')),
                   'owner', coalesce((SELECT p.name FROM people p
                                      WHERE p.tenant_id = q.tenant_id
                                        AND p.id = q.default_owner_id), ''),
                   'team', (SELECT t.name FROM teams t
                            WHERE t.tenant_id = q.tenant_id AND t.id = q.team_id),
                   'autoreply', q.autoreply, 'reopen_days', q.reopen_days)
                   ORDER BY q.name, q.address), '[]')
        FROM queues q WHERE q.tenant_id = current_tenant() AND q.retired_at IS NULL),
    'next', NULL,
    'retired', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('name', q.name, 'address', q.address)
                                  ORDER BY q.name, q.address), '[]')
        FROM queues q WHERE q.tenant_id = current_tenant() AND q.retired_at IS NOT NULL),
    'teams', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name)
                                  ORDER BY t.name), '[]')
        FROM teams t WHERE t.tenant_id = current_tenant()))::text

-- name: admin_queue
-- $1 queue: JSON, as its form shows it
SELECT jsonb_build_object(
    'id', q.id, 'name', q.name, 'address', q.address,
    'aliases', (SELECT coalesce(jsonb_agg(a.address ORDER BY a.address), '[]')
                FROM queue_addresses a
                WHERE a.tenant_id = q.tenant_id AND a.queue_id = q.id
                  AND a.address <> q.address),
    'autoreply', q.autoreply, 'reopen_days', q.reopen_days,
    'first_response_hours', coalesce(
        trim_scale(round(extract(epoch FROM q.first_response) / 3600, 2))::text, ''),
    'priority', q.default_priority,
    'owners', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', p.id, 'name', coalesce(nullif(p.name, ''), '–'),
                   'is_chosen', p.id = q.default_owner_id)
                   ORDER BY p.name, p.id), '[]')
        FROM people p WHERE p.tenant_id = q.tenant_id AND p.role IN ('agent', 'admin')),
    'teams', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', t.id, 'name', t.name, 'is_chosen', t.id = q.team_id)
                   ORDER BY t.name), '[]')
        FROM teams t WHERE t.tenant_id = q.tenant_id),
    'others', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', o.id, 'name', o.name, 'address', o.address)
                   ORDER BY o.name, o.address), '[]')
        FROM queues o
        WHERE o.tenant_id = q.tenant_id AND o.id <> q.id AND o.retired_at IS NULL))::text
FROM queues q
WHERE q.tenant_id = current_tenant() AND q.id = $1::uuid AND q.retired_at IS NULL

-- name: admin_queue_lock
-- $1 queue: others wait to change it
SELECT id FROM queues
WHERE tenant_id = current_tenant() AND id = $1::uuid AND retired_at IS NULL
FOR NO KEY UPDATE

-- name: admin_queue_set
-- $1 queue, $2 name, $3 team, $4 default owner or NULL, $5 priority, $6 autoreply,
-- $7 days, $8 hours until the first answer or NULL: no row where team or owner is none
UPDATE queues q
SET name = $2::text, team_id = $3::uuid, default_owner_id = $4::uuid,
    default_priority = $5::text, autoreply = $6::boolean, reopen_days = $7::integer,
    first_response = make_interval(mins => round($8::text::numeric * 60)::integer)
WHERE q.tenant_id = current_tenant() AND q.id = $1::uuid
  AND EXISTS (SELECT FROM teams t WHERE t.tenant_id = q.tenant_id AND t.id = $3::uuid)
  AND ($4::uuid IS NULL
       OR EXISTS (SELECT FROM people p WHERE p.tenant_id = q.tenant_id AND p.id = $4::uuid
                    AND p.role IN ('agent', 'admin')))
RETURNING q.id

-- name: admin_queue_domain
-- $1 domain: whether mail of it comes to a queue of this tenant already
SELECT EXISTS (SELECT FROM queue_addresses a
               WHERE a.tenant_id = current_tenant()
                 AND substr(a.address, strpos(a.address, '@') + 1) = $1::text)

-- name: admin_queue_add
-- $1 id, $2 address, $3 name, $4 team: no row when the address is somebody's already, or
-- there is no such team
WITH address AS (
    INSERT INTO queue_addresses (tenant_id, queue_id, address)
    SELECT current_tenant(), $1::uuid, $2::text
    WHERE EXISTS (SELECT FROM teams t WHERE t.tenant_id = current_tenant()
                    AND t.id = $4::uuid)
    ON CONFLICT DO NOTHING RETURNING queue_id)
INSERT INTO queues (tenant_id, id, address, name, team_id)
SELECT current_tenant(), queue_id, $2::text, $3::text, $4::uuid FROM address
RETURNING id

-- name: admin_queue_retire
-- $1 queue, $2 the queue that its mail goes to from now on: no row when it is read out of a
-- mailbox or the other can't take it
WITH heir AS (
    SELECT o.id FROM queues o
    WHERE o.tenant_id = current_tenant() AND o.id = $2::uuid AND o.id <> $1::uuid
      AND o.retired_at IS NULL
      AND NOT EXISTS (SELECT FROM mailboxes m
                      WHERE m.tenant_id = o.tenant_id AND m.queue_id = $1::uuid
                        AND m.last_contact_at > now() - interval '1 day')
), moved AS (
    UPDATE queue_addresses SET queue_id = heir.id FROM heir
    WHERE tenant_id = current_tenant() AND queue_id = $1::uuid)
UPDATE queues SET retired_at = now() FROM heir
WHERE tenant_id = current_tenant() AND queues.id = $1::uuid
RETURNING queues.id, queues.name

-- name: admin_choices
-- what tickets may be about and their own fields, retired ones too: JSON, by the names that
-- settings has them under
SELECT jsonb_build_object(
    'categories', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'key', c.key, 'labels', c.labels, 'retired', c.is_retired)
                   ORDER BY c.place), '[]')
        FROM ticket_categories() AS c),
    'custom_fields', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'key', f.key, 'labels', f.labels, 'label', f.label, 'type', f.type,
                   'options', f.options, 'required', f.is_required,
                   'visible_to_customer', f.is_visible, 'retired', f.is_retired)
                   ORDER BY f.place), '[]')
        FROM ticket_fields() AS f))::text

-- name: admin_choices_set
-- $1 name in the settings, $2 the list as JSON
UPDATE tenants SET settings = jsonb_set(settings, ARRAY[$1::text], $2::jsonb)
WHERE id = current_tenant()

-- name: admin_setup
-- what is not set up yet: JSON, each true where it is missing
SELECT coalesce((SELECT to_jsonb(s) FROM setup_missing() AS s), '{}')::text
