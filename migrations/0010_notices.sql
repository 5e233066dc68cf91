-- Notices as people want them: none of some events, at their time, or together; and where
-- the portal of a tenant is, for links in mail.

CREATE FUNCTION notify_wishes(person uuid, OUT muted text[], OUT not_before timestamptz,
                              OUT held boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT coalesce((SELECT array_agg(s.event) FROM notification_settings s
                     WHERE s.tenant_id = current_tenant() AND s.person_id = $1
                       AND NOT s.by_mail), '{}'),
           w.not_before,
           coalesce((SELECT t.digest <> 'none' FROM notification_times t
                     WHERE t.tenant_id = current_tenant() AND t.person_id = $1), false)
    FROM notify_wish($1, '') AS w
$$;
COMMENT ON FUNCTION notify_wishes IS 'What a person wants no mail about, when mail goes to them at the earliest, and whether it waits to go together with others';

-- held: waits for the clock, which sends it alone or makes one mail of several.
ALTER TABLE outbox DROP CONSTRAINT outbox_state_check, ADD CONSTRAINT outbox_state_check
    CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'cancelled', 'held'));
CREATE INDEX outbox_held ON outbox (next_at) WHERE state = 'held';
COMMENT ON COLUMN outbox.state IS 'queued; sending: claimed and rendered, perhaps on its way; sent; failed: given up; cancelled: undone in time, or told in another mail; held: waits to be told with others';

CREATE FUNCTION clock_due_digests(most integer)
RETURNS TABLE (tenant_id uuid, person_id uuid, address text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT DISTINCT o.tenant_id, o.person_id, o.address FROM (
        SELECT h.tenant_id, h.person_id, h.address FROM outbox h
        WHERE h.state = 'held' AND h.next_at <= now()
        ORDER BY h.next_at LIMIT most FOR UPDATE SKIP LOCKED) AS o
$$;
COMMENT ON FUNCTION clock_due_digests IS 'Whose notices have waited long enough';

CREATE FUNCTION portal_home() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT d.domain FROM portal_domains d WHERE d.tenant_id = current_tenant()
    ORDER BY d.created_at, d.domain LIMIT 1
$$;
COMMENT ON FUNCTION portal_home IS 'Host of this tenant''s portal where it has one of its own';
