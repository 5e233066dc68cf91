-- Who writes to the desk while their account is being closed wants to hear what it says:
-- mail counts again, and only of what they said nothing about is no mail sent.

ALTER TABLE people ADD COLUMN closing_since timestamptz;
UPDATE people SET closing_since = now() WHERE closing_at IS NOT NULL;
COMMENT ON COLUMN people.closing_since IS 'When they asked for it to be closed';

CREATE FUNCTION wants_no_mail(person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT EXISTS (
        SELECT FROM people p
        WHERE p.tenant_id = current_tenant() AND p.id = $1
          AND (p.closed_at IS NOT NULL
               OR (p.closing_at IS NOT NULL AND NOT EXISTS (
                       SELECT FROM participants y
                       JOIN messages m ON m.tenant_id = y.tenant_id
                           AND m.conversation_id = y.conversation_id
                       WHERE y.tenant_id = p.tenant_id AND y.person_id = p.id
                         AND m.author_id = p.id AND m.received_at > p.closing_since))))
$$;
COMMENT ON FUNCTION wants_no_mail IS 'Whether they closed their account, or asked for it and have not written since';

CREATE OR REPLACE FUNCTION notify_wishes(person uuid, OUT muted text[], OUT not_before timestamptz,
                                         OUT held boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT CASE WHEN wants_no_mail($1)
                THEN (SELECT notify_events(p.role) FROM people p
                      WHERE p.tenant_id = current_tenant() AND p.id = $1)
                ELSE coalesce((SELECT array_agg(s.event) FROM notification_settings s
                               WHERE s.tenant_id = current_tenant() AND s.person_id = $1
                                 AND NOT s.by_mail), '{}') END,
           w.not_before,
           coalesce((SELECT t.digest <> 'none' FROM notification_times t
                     WHERE t.tenant_id = current_tenant() AND t.person_id = $1), false)
    FROM notify_wish($1, '') AS w
$$;
