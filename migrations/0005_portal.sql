-- The web: which host is whose, who is signed in, and the second wall.
--
-- portald names in each transaction who looks: postern.viewer is 'person' (with
-- postern.person), 'link' (with postern.conversation) or 'desk'. The policies at the end
-- hold a statement of ours that forgot to ask to what that viewer may see. Nothing named:
-- nothing seen.

-- ── which host is whose ───────────────────────────────────────────────────────────────

CREATE TABLE portal_domains (
    domain     text PRIMARY KEY CHECK (domain ~ '^[a-z0-9.-]{1,253}$'),
    tenant_id  uuid NOT NULL REFERENCES tenants,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX portal_domains_tenant ON portal_domains (tenant_id);
COMMENT ON TABLE portal_domains IS 'Host names under which a tenant''s portal is reached';
COMMENT ON COLUMN portal_domains.domain IS 'Host name, lower case, A-labels';
COMMENT ON COLUMN portal_domains.tenant_id IS 'Whose portal it is';
COMMENT ON COLUMN portal_domains.created_at IS 'When the row was made';

-- ── who is signed in ──────────────────────────────────────────────────────────────────

ALTER TABLE people ADD COLUMN theme text NOT NULL DEFAULT 'system'
    CHECK (theme IN ('system', 'light', 'dark'));
COMMENT ON COLUMN people.theme IS 'Colours of the portal for this person';

CREATE TABLE sessions (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    person_id    uuid NOT NULL,
    token_digest bytea NOT NULL UNIQUE,
    device       text NOT NULL,
    peer         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
CREATE INDEX sessions_person ON sessions (tenant_id, person_id, last_seen_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);
COMMENT ON TABLE sessions IS 'Browsers that are signed in; a session that ended has no row';
COMMENT ON COLUMN sessions.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN sessions.id IS 'UUIDv7';
COMMENT ON COLUMN sessions.person_id IS 'Who is signed in';
COMMENT ON COLUMN sessions.token_digest IS 'SHA-256 of the token in the browser''s cookie';
COMMENT ON COLUMN sessions.device IS 'What the browser calls itself (User-Agent), shortened';
COMMENT ON COLUMN sessions.peer IS 'Address it signed in from';
COMMENT ON COLUMN sessions.created_at IS 'When it signed in';
COMMENT ON COLUMN sessions.last_seen_at IS 'Its newest request, to the minute';
COMMENT ON COLUMN sessions.expires_at IS 'When it ends, whatever happens';

-- A session ends when it was not used for 14 days, or at its expiry.
CREATE FUNCTION portal_caller(host text, digest bytea)
RETURNS TABLE (tenant_id uuid, tenant_name text, tenant_title text, tenant_locale text,
               session_id uuid, person_id uuid, role text, person_name text,
               locale text, time_zone text, theme text, address text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    tenant uuid;
BEGIN
    SELECT d.tenant_id INTO tenant FROM portal_domains d WHERE d.domain = host;
    IF tenant IS NULL THEN
        SELECT t.id INTO tenant FROM tenants t WHERE t.name = host;
    END IF;
    IF tenant IS NULL AND (SELECT count(*) FROM (SELECT FROM tenants LIMIT 2) AS two) = 1 THEN
        SELECT t.id INTO tenant FROM tenants t;
    END IF;
    IF digest IS NOT NULL THEN
        UPDATE sessions s SET last_seen_at = now()
        WHERE s.token_digest = digest AND s.tenant_id = tenant
          AND s.last_seen_at < now() - interval '1 minute'
          AND s.last_seen_at > now() - interval '14 days' AND s.expires_at > now();
    END IF;
    RETURN QUERY
    SELECT t.id, t.name, t.title, t.locale, s.id, p.id, p.role, p.name, p.locale,
           p.time_zone, p.theme, a.address
    FROM tenants t
    LEFT JOIN sessions s ON s.tenant_id = t.id AND s.token_digest = digest
        AND s.expires_at > now() AND s.last_seen_at > now() - interval '14 days'
    LEFT JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id
    LEFT JOIN LATERAL (
        SELECT x.address FROM addresses x
        WHERE x.tenant_id = p.tenant_id AND x.person_id = p.id
        ORDER BY x.created_at, x.id LIMIT 1) AS a ON true
    WHERE t.id = tenant;
END
$$;
COMMENT ON FUNCTION portal_caller IS 'Whose portal a host is, and whose the session of this digest there; the one tenant of an installation answers under every name';

-- What a token of ours opens, before a tenant is known.
CREATE FUNCTION capability_scope(digest bytea)
RETURNS TABLE (tenant_id uuid, kind text, conversation_id uuid, person_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT k.tenant_id, k.kind, coalesce(c.merged_into, k.conversation_id), k.person_id
    FROM capabilities k
    JOIN conversations c ON c.tenant_id = k.tenant_id AND c.id = k.conversation_id
    WHERE k.token_digest = digest
$$;

-- ── what a browser hands in ───────────────────────────────────────────────────────────

CREATE TABLE uploads (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    person_id    uuid NOT NULL,
    name         text NOT NULL,
    content_type text NOT NULL,
    size         bigint NOT NULL,
    content      bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
ALTER TABLE uploads ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX uploads_age ON uploads (created_at);
CREATE INDEX uploads_person ON uploads (tenant_id, person_id);
COMMENT ON TABLE uploads IS 'Files that wait for the message they belong to; forgotten after a day';
COMMENT ON COLUMN uploads.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN uploads.id IS 'UUIDv7';
COMMENT ON COLUMN uploads.person_id IS 'Who handed it in, the only one who may use it';
COMMENT ON COLUMN uploads.name IS 'File name as the browser gave it';
COMMENT ON COLUMN uploads.content_type IS 'Type as the browser gave it';
COMMENT ON COLUMN uploads.size IS 'Bytes';
COMMENT ON COLUMN uploads.content IS 'The bytes, not compressed: files are already';
COMMENT ON COLUMN uploads.created_at IS 'When it came';

CREATE TABLE idempotency_keys (
    tenant_id  uuid NOT NULL,
    person_id  uuid NOT NULL,
    key        text NOT NULL,
    request    bytea NOT NULL,
    status     integer NOT NULL,
    answer     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, person_id, key),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
COMMENT ON TABLE idempotency_keys IS 'Answers to POSTs that carried an Idempotency-Key, for a day';
COMMENT ON COLUMN idempotency_keys.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN idempotency_keys.person_id IS 'Who asked';
COMMENT ON COLUMN idempotency_keys.key IS 'The key as given';
COMMENT ON COLUMN idempotency_keys.request IS 'SHA-256 of method, path and body: another request under the same key is refused';
COMMENT ON COLUMN idempotency_keys.status IS 'HTTP status of the answer';
COMMENT ON COLUMN idempotency_keys.answer IS 'Its body';
COMMENT ON COLUMN idempotency_keys.created_at IS 'When it was first asked';

-- What was only waiting goes by itself: the clock calls this.
CREATE FUNCTION clock_forget_web(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH old_uploads AS (
        DELETE FROM uploads u USING (
            SELECT x.tenant_id, x.id FROM uploads x
            WHERE x.created_at < now() - interval '1 day'
            ORDER BY x.created_at LIMIT most FOR UPDATE SKIP LOCKED) AS o
        WHERE u.tenant_id = o.tenant_id AND u.id = o.id RETURNING 1
    ), old_keys AS (
        DELETE FROM idempotency_keys k USING (
            SELECT x.tenant_id, x.person_id, x.key FROM idempotency_keys x
            WHERE x.created_at < now() - interval '1 day'
            ORDER BY x.created_at LIMIT most FOR UPDATE SKIP LOCKED) AS o
        WHERE k.tenant_id = o.tenant_id AND k.person_id = o.person_id AND k.key = o.key
        RETURNING 1
    ), old_sessions AS (
        DELETE FROM sessions s USING (
            SELECT x.tenant_id, x.id FROM sessions x
            WHERE x.expires_at < now()
            ORDER BY x.expires_at LIMIT most FOR UPDATE SKIP LOCKED) AS o
        WHERE s.tenant_id = o.tenant_id AND s.id = o.id RETURNING 1)
    SELECT (SELECT count(*) FROM old_uploads) + (SELECT count(*) FROM old_keys)
           + (SELECT count(*) FROM old_sessions)
$$;

-- ── walls ─────────────────────────────────────────────────────────────────────────────

CREATE FUNCTION viewer_is_desk() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('postern.viewer', true), '') = 'desk' $$;
COMMENT ON FUNCTION viewer_is_desk IS 'Whether an agent looks';

CREATE FUNCTION current_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$
    SELECT CASE WHEN current_setting('postern.viewer', true) IN ('person', 'desk')
                THEN nullif(current_setting('postern.person', true), '')::uuid END
$$;
COMMENT ON FUNCTION current_person IS 'Who looks, where they are signed in';

CREATE FUNCTION current_link() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$
    SELECT CASE WHEN current_setting('postern.viewer', true) = 'link'
                THEN nullif(current_setting('postern.conversation', true), '')::uuid END
$$;
COMMENT ON FUNCTION current_link IS 'The one conversation that a signed link opens';

-- Asked by the policy of participants itself, so it looks past that policy.
CREATE FUNCTION takes_part(conversation uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT EXISTS (SELECT FROM participants p
                   WHERE p.tenant_id = current_tenant() AND p.conversation_id = $1
                     AND p.person_id = current_person() AND p.left_at IS NULL)
$$;
COMMENT ON FUNCTION takes_part IS 'Whether who looks takes part in a conversation';

CREATE POLICY viewer ON participants AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (viewer_is_desk() OR person_id = current_person()
           OR conversation_id = current_link() OR takes_part(conversation_id));

DO $$
DECLARE
    wall record;
    seen text := '%3$I = current_link() OR %3$I IN (
        SELECT p.conversation_id FROM participants p
        WHERE p.tenant_id = current_tenant() AND p.person_id = current_person()
          AND p.left_at IS NULL)';
BEGIN
    FOR wall IN SELECT * FROM (VALUES
        ('conversations', 'id', ''), ('tickets', 'id', ''),
        ('messages', 'conversation_id', 'NOT is_note AND '),
        ('events', 'conversation_id', ''), ('ticket_links', 'from_id', '')) AS w (name, key, also)
    LOOP
        EXECUTE format('CREATE POLICY viewer ON %1$I AS RESTRICTIVE FOR SELECT TO postern_portald '
                       'USING (viewer_is_desk() OR (%2$s(' || seen || ')))',
                       wall.name, wall.also, wall.key);
    END LOOP;
END
$$;

-- What hangs on a message is seen with it: the subquery is under messages' own policies.
CREATE POLICY viewer ON parts AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (EXISTS (SELECT FROM messages m
                   WHERE m.tenant_id = parts.tenant_id AND m.id = parts.message_id));
CREATE POLICY viewer ON inbound AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (EXISTS (SELECT FROM messages m
                   WHERE m.tenant_id = inbound.tenant_id AND m.inbound_id = inbound.id));
CREATE POLICY viewer ON outbox AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (viewer_is_desk() OR person_id = current_person());

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['portal_domains', 'sessions', 'uploads', 'idempotency_keys']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_tenant())', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO postern_portald', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['uploads', 'idempotency_keys', 'sessions']
    LOOP
        EXECUTE format('CREATE POLICY viewer ON %I AS RESTRICTIVE FOR SELECT TO postern_portald '
                       'USING (viewer_is_desk() OR person_id = current_person())', name);
    END LOOP;
END
$$;
REVOKE UPDATE, DELETE ON portal_domains FROM postern_portald;

-- The loop guard counts what went to an address in all conversations, and nothing else of
-- it is shown.
CREATE FUNCTION notify_count_automatic(address text, subject text, conversation uuid)
RETURNS TABLE (n1 bigint, n2 bigint, n3 bigint, n4 bigint, n5 bigint, n6 bigint, n7 bigint,
               n8 bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT count(*) FILTER (WHERE r.created_at > now() - interval '180 minutes'
                              AND r.subject = $2),
           count(*) FILTER (WHERE r.created_at > now() - interval '180 minutes'),
           count(*),
           count(*) FILTER (WHERE r.created_at > now() - interval '10 minutes' AND r.here),
           count(*) FILTER (WHERE r.created_at > now() - interval '30 minutes' AND r.here),
           count(*) FILTER (WHERE r.created_at > now() - interval '60 minutes' AND r.here),
           count(*) FILTER (WHERE r.created_at > now() - interval '180 minutes' AND r.here),
           count(*) FILTER (WHERE r.created_at > now() - interval '600 minutes' AND r.here)
    FROM (SELECT o.created_at, o.subject, o.conversation_id IS NOT DISTINCT FROM $3 AS here
          FROM outbox o
          WHERE o.tenant_id = current_tenant() AND o.address = $1 AND o.automatic
            AND o.created_at > now() - interval '1 day') AS r
$$;
