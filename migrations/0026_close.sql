-- A customer closes their account: in two weeks, unless they sign in until then. What was said
-- at the desk is the company's record, and stays.

ALTER TABLE people ADD COLUMN closing_at timestamptz, ADD COLUMN closed_at timestamptz;
CREATE INDEX people_closing ON people (closing_at) WHERE closing_at IS NOT NULL;
COMMENT ON COLUMN people.closing_at IS 'When the account will be closed, as its person asked; a sign-in until then takes it back';
COMMENT ON COLUMN people.closed_at IS 'When it was closed: nobody signs in as this person any more';

CREATE OR REPLACE FUNCTION notify_wishes(person uuid, OUT muted text[], OUT not_before timestamptz,
                                         OUT held boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT coalesce((SELECT notify_events(p.role) FROM people p
                     WHERE p.tenant_id = current_tenant() AND p.id = $1
                       AND (p.closing_at IS NOT NULL OR p.closed_at IS NOT NULL)),
                    (SELECT array_agg(s.event) FROM notification_settings s
                     WHERE s.tenant_id = current_tenant() AND s.person_id = $1
                       AND NOT s.by_mail), '{}'),
           w.not_before,
           coalesce((SELECT t.digest <> 'none' FROM notification_times t
                     WHERE t.tenant_id = current_tenant() AND t.person_id = $1), false)
    FROM notify_wish($1, '') AS w
$$;

CREATE FUNCTION close_account(tenant uuid, person uuid, shown text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS
$$
DECLARE
    own text;
BEGIN
    DELETE FROM sign_ins s WHERE s.tenant_id = tenant AND (s.person_id = person
        OR s.address IN (SELECT a.address FROM addresses a
                         WHERE a.tenant_id = tenant AND a.person_id = person));
    FOREACH own IN ARRAY ARRAY['credentials', 'recovery_codes', 'sessions', 'devices',
                               'token_families', 'api_keys', 'notification_settings',
                               'notification_times', 'notifications', 'uploads', 'exports',
                               'customer_texts', 'idempotency_keys']
    LOOP
        EXECUTE format('DELETE FROM %I WHERE tenant_id = $1 AND person_id = $2', own)
            USING tenant, person;
    END LOOP;
    UPDATE outbox o SET state = 'cancelled', finished_at = now()
    WHERE o.tenant_id = tenant AND o.person_id = person AND o.state IN ('queued', 'held');
    UPDATE capabilities k SET revoked_at = now()
    WHERE k.tenant_id = tenant AND k.person_id = person AND k.revoked_at IS NULL;
    UPDATE participants y SET left_at = now()
    WHERE y.tenant_id = tenant AND y.person_id = person AND y.left_at IS NULL;
    -- whoever writes from it later is somebody new
    UPDATE addresses a SET address = a.id || '@closed.invalid', verified_at = NULL
    WHERE a.tenant_id = tenant AND a.person_id = person;
    UPDATE people p SET name = coalesce(shown, p.name), phone = '', locale = NULL, time_zone = NULL,
                        theme = 'system', closing_at = NULL, closed_at = now()
    WHERE p.tenant_id = tenant AND p.id = person;
END
$$;
COMMENT ON FUNCTION close_account IS 'Take from a person all that is theirs alone; shown: their name from now on, NULL: as it was';

CREATE FUNCTION clock_close_accounts(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    one record;
    n bigint := 0;
BEGIN
    FOR one IN SELECT p.tenant_id, p.id,
                      nullif(coalesce(t.settings ->> 'closed_name', 'Closed account'), '') AS shown
               FROM people p JOIN tenants t ON t.id = p.tenant_id
               WHERE p.closing_at <= now() AND p.role = 'customer'
               ORDER BY p.closing_at LIMIT most FOR UPDATE OF p SKIP LOCKED
    LOOP
        PERFORM close_account(one.tenant_id, one.id, one.shown);
        INSERT INTO audit (tenant_id, id, person_id, kind, peer)
        VALUES (one.tenant_id, gen_random_uuid(), one.id, 'account_closed', '');
        n := n + 1;
    END LOOP;
    RETURN n;
END
$$;
COMMENT ON FUNCTION clock_close_accounts IS 'Close the accounts whose time has come';
REVOKE EXECUTE ON FUNCTION close_account FROM PUBLIC;
