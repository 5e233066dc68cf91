-- Accounts: how people prove who they are, on the portal and to the API, what they chose,
-- and the record of it.
--
-- Whoever is not signed in yet is shown no row here but by the functions below, each of
-- which answers one question of the sign-in. Of an account only its own person is shown
-- anything, agents included: what is behind it opens the account.

ALTER TABLE people ADD COLUMN phone text NOT NULL DEFAULT '';
COMMENT ON COLUMN people.phone IS 'Telephone number as the person gave it';

ALTER TABLE sessions ADD COLUMN proof text NOT NULL DEFAULT 'link'
    CHECK (proof IN ('link', 'password', 'link+code', 'password+code'));
COMMENT ON COLUMN sessions.proof IS 'How the person signed in; +code: and a code of their device';

ALTER TABLE outbox DROP CONSTRAINT outbox_role_check, ADD CONSTRAINT outbox_role_check
    CHECK (role IN ('requester', 'cc', 'watcher', 'owner', 'team', 'agent', 'administrator',
                    'account'));

CREATE TABLE credentials (
    tenant_id           uuid NOT NULL,
    person_id           uuid NOT NULL,
    password_hash       text,
    password_at         timestamptz,
    sealed_totp         bytea,
    sealed_totp_pending bytea,
    totp_at             timestamptz,
    totp_counter        bigint NOT NULL DEFAULT 0,
    created_at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, person_id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
COMMENT ON TABLE credentials IS 'What a person has beside their mailbox to prove who they are; no row: nothing';
COMMENT ON COLUMN credentials.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN credentials.person_id IS 'The person';
COMMENT ON COLUMN credentials.password_hash IS 'argon2id with its parameters; NULL: signs in by mail only';
COMMENT ON COLUMN credentials.password_at IS 'When the password was chosen';
COMMENT ON COLUMN credentials.sealed_totp IS 'Secret of the codes (RFC 6238), sealed with the installation''s secret; NULL: none are asked for';
COMMENT ON COLUMN credentials.sealed_totp_pending IS 'One that was shown and whose first code is awaited';
COMMENT ON COLUMN credentials.totp_at IS 'Since when codes are asked for';
COMMENT ON COLUMN credentials.totp_counter IS 'Step of the newest code taken: only later ones count';
COMMENT ON COLUMN credentials.created_at IS 'When the row was made';

CREATE TABLE recovery_codes (
    tenant_id  uuid NOT NULL,
    person_id  uuid NOT NULL,
    digest     bytea NOT NULL,
    used_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, person_id, digest),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
COMMENT ON TABLE recovery_codes IS 'Codes in place of the device''s, each good once';
COMMENT ON COLUMN recovery_codes.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN recovery_codes.person_id IS 'Whose code it is';
COMMENT ON COLUMN recovery_codes.digest IS 'HMAC-SHA-256 under the installation''s secret';
COMMENT ON COLUMN recovery_codes.used_at IS 'When it was used up';
COMMENT ON COLUMN recovery_codes.created_at IS 'When it was given out';

CREATE TABLE sign_ins (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('link', 'reset', 'address', 'second')),
    person_id      uuid,
    address        text NOT NULL,
    token_digest   bytea UNIQUE,
    browser_digest bytea NOT NULL,
    proof          text NOT NULL CHECK (proof IN ('link', 'password')),
    next           text NOT NULL DEFAULT '/',
    peer           text NOT NULL,
    tries          integer NOT NULL DEFAULT 0,
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
CREATE INDEX sign_ins_browser ON sign_ins (tenant_id, browser_digest, created_at);
CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);
COMMENT ON TABLE sign_ins IS 'Sign-ins that have begun: a link was mailed, or a code of the device is awaited';
COMMENT ON COLUMN sign_ins.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN sign_ins.id IS 'UUIDv7';
COMMENT ON COLUMN sign_ins.kind IS 'link, reset: a mailed link signs in; address: it verifies an address of somebody signed in; second: the first proof was right, a code is awaited';
COMMENT ON COLUMN sign_ins.person_id IS 'Whose account; NULL: the address is nobody''s yet';
COMMENT ON COLUMN sign_ins.address IS 'Where the link was mailed';
COMMENT ON COLUMN sign_ins.token_digest IS 'SHA-256 of the token in the link; NULL: no link';
COMMENT ON COLUMN sign_ins.browser_digest IS 'SHA-256 of the cookie of the browser that asked, the only one it signs in';
COMMENT ON COLUMN sign_ins.proof IS 'What the first proof is';
COMMENT ON COLUMN sign_ins.next IS 'Path to go on to';
COMMENT ON COLUMN sign_ins.peer IS 'Address that asked';
COMMENT ON COLUMN sign_ins.tries IS 'Codes typed so far';
COMMENT ON COLUMN sign_ins.expires_at IS 'Not good from then on';
COMMENT ON COLUMN sign_ins.used_at IS 'When it was used up';
COMMENT ON COLUMN sign_ins.created_at IS 'When it began';

CREATE TABLE devices (
    tenant_id    uuid NOT NULL,
    person_id    uuid NOT NULL,
    digest       bytea NOT NULL,
    label        text NOT NULL,
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, person_id, digest),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
COMMENT ON TABLE devices IS 'Browsers that a person has signed in with: another one is told of by mail';
COMMENT ON COLUMN devices.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN devices.person_id IS 'The person';
COMMENT ON COLUMN devices.digest IS 'SHA-256 of the browser''s long-lived cookie';
COMMENT ON COLUMN devices.label IS 'What it called itself, shortened';
COMMENT ON COLUMN devices.last_seen_at IS 'Its newest sign-in';
COMMENT ON COLUMN devices.created_at IS 'Its first sign-in';

-- ── the API ───────────────────────────────────────────────────────────────────────────

CREATE TABLE token_families (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    person_id    uuid NOT NULL,
    device       text NOT NULL,
    peer         text NOT NULL,
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    revoked_for  text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
CREATE INDEX token_families_person ON token_families (tenant_id, person_id);
CREATE INDEX token_families_expiry ON token_families (expires_at);
COMMENT ON TABLE token_families IS 'Sign-ins of programs by the API: all tokens that came of one';
COMMENT ON COLUMN token_families.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN token_families.id IS 'UUIDv7; "sid" of the access tokens';
COMMENT ON COLUMN token_families.person_id IS 'Who signed in';
COMMENT ON COLUMN token_families.device IS 'What the program calls itself, shortened';
COMMENT ON COLUMN token_families.peer IS 'Address it signed in from';
COMMENT ON COLUMN token_families.last_used_at IS 'Its newest request, to the minute';
COMMENT ON COLUMN token_families.expires_at IS 'When it ends, whatever happens';
COMMENT ON COLUMN token_families.revoked_at IS 'When it was ended';
COMMENT ON COLUMN token_families.revoked_for IS 'Why: signed_out, reuse, password';
COMMENT ON COLUMN token_families.created_at IS 'When it signed in';

CREATE TABLE refresh_tokens (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    family_id  uuid NOT NULL,
    parent_id  uuid,
    digest     bytea NOT NULL UNIQUE,
    used_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, family_id) REFERENCES token_families ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (tenant_id, family_id);
COMMENT ON TABLE refresh_tokens IS 'Refresh tokens: each is good once and gives the next. One that comes back used was stolen, or its thief was faster: the family ends';
COMMENT ON COLUMN refresh_tokens.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN refresh_tokens.id IS 'UUIDv7';
COMMENT ON COLUMN refresh_tokens.family_id IS 'The sign-in (token_families.id)';
COMMENT ON COLUMN refresh_tokens.parent_id IS 'The one it was given for';
COMMENT ON COLUMN refresh_tokens.digest IS 'SHA-256 of the token';
COMMENT ON COLUMN refresh_tokens.used_at IS 'When the next one was given for it';
COMMENT ON COLUMN refresh_tokens.created_at IS 'When it was given out';

CREATE TABLE api_keys (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    person_id    uuid NOT NULL,
    name         text NOT NULL,
    prefix       text NOT NULL,
    digest       bytea NOT NULL UNIQUE,
    read_only    boolean NOT NULL DEFAULT true,
    scopes       text[] NOT NULL,
    last_used_at timestamptz,
    last_peer    text,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
CREATE INDEX api_keys_person ON api_keys (tenant_id, person_id);
COMMENT ON TABLE api_keys IS 'Keys that a person gave to programs';
COMMENT ON COLUMN api_keys.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN api_keys.id IS 'UUIDv7';
COMMENT ON COLUMN api_keys.person_id IS 'In whose name the program acts';
COMMENT ON COLUMN api_keys.name IS 'What the person calls it';
COMMENT ON COLUMN api_keys.prefix IS 'Its first characters, to tell it from others';
COMMENT ON COLUMN api_keys.digest IS 'SHA-256 of the key';
COMMENT ON COLUMN api_keys.read_only IS 'It changes nothing';
COMMENT ON COLUMN api_keys.scopes IS 'Parts of the API that it opens: tickets, account, desk';
COMMENT ON COLUMN api_keys.last_used_at IS 'Its newest request, to the minute';
COMMENT ON COLUMN api_keys.last_peer IS 'and from where';
COMMENT ON COLUMN api_keys.expires_at IS 'Not good from then on; NULL: until revoked';
COMMENT ON COLUMN api_keys.revoked_at IS 'Taken back';
COMMENT ON COLUMN api_keys.created_at IS 'When it was made';

-- ── what a person chose ───────────────────────────────────────────────────────────────

CREATE TABLE notification_settings (
    tenant_id uuid NOT NULL,
    person_id uuid NOT NULL,
    event     text NOT NULL,
    by_mail   boolean NOT NULL,
    in_app    boolean NOT NULL,
    PRIMARY KEY (tenant_id, person_id, event),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
COMMENT ON TABLE notification_settings IS 'Of which events a person wants to be told, and how; no row: by both';
COMMENT ON COLUMN notification_settings.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN notification_settings.person_id IS 'The person';
COMMENT ON COLUMN notification_settings.event IS 'Name of the mail''s template: acknowledgement, answer, resolved, …';
COMMENT ON COLUMN notification_settings.by_mail IS 'A mail is sent';
COMMENT ON COLUMN notification_settings.in_app IS 'It is shown on the portal';

CREATE TABLE notification_times (
    tenant_id   uuid NOT NULL,
    person_id   uuid NOT NULL,
    digest      text NOT NULL DEFAULT 'none' CHECK (digest IN ('none', 'hourly', 'daily')),
    digest_hour integer NOT NULL DEFAULT 8 CHECK (digest_hour BETWEEN 0 AND 23),
    quiet_from  time,
    quiet_until time,
    PRIMARY KEY (tenant_id, person_id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE,
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
COMMENT ON TABLE notification_times IS 'When a person wants to be told by mail; no row: at once';
COMMENT ON COLUMN notification_times.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN notification_times.person_id IS 'The person';
COMMENT ON COLUMN notification_times.digest IS 'Mails wait and go together: none, at each full hour, once a day';
COMMENT ON COLUMN notification_times.digest_hour IS 'daily: at this hour of the person''s day';
COMMENT ON COLUMN notification_times.quiet_from IS 'From this time of the person''s day on mails wait';
COMMENT ON COLUMN notification_times.quiet_until IS 'until this one, which may be of the next day';

CREATE FUNCTION notify_events(role text) RETURNS text[] LANGUAGE sql IMMUTABLE AS
$$
    SELECT CASE WHEN role = 'customer' THEN ARRAY['acknowledgement', 'answer', 'resolved']
                ELSE ARRAY['new_ticket', 'customer_reply', 'agent_answer', 'note', 'assigned',
                           'status', 'delivery_failed'] END
$$;
COMMENT ON FUNCTION notify_events IS 'What a person of this role can choose to be told of';

CREATE FUNCTION notify_wish(person uuid, event text, OUT by_mail boolean, OUT not_before timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH mine AS (
        SELECT coalesce(p.time_zone, 'UTC') AS zone, t.digest, t.digest_hour, t.quiet_from,
               t.quiet_until, now() AT TIME ZONE coalesce(p.time_zone, 'UTC') AS local
        FROM people p
        LEFT JOIN notification_times t ON t.tenant_id = p.tenant_id AND t.person_id = p.id
        WHERE p.tenant_id = current_tenant() AND p.id = $1
    ), due AS (
        SELECT *, CASE digest
            WHEN 'hourly' THEN date_trunc('hour', local) + interval '1 hour'
            WHEN 'daily' THEN date_trunc('day', local) + make_interval(hours => digest_hour)
                 + CASE WHEN extract(hour FROM local) >= digest_hour THEN interval '1 day'
                        ELSE interval '0' END
            ELSE local END AS at
        FROM mine
    ), calm AS (
        SELECT zone, CASE
            WHEN quiet_from IS NULL OR quiet_from = quiet_until THEN at
            WHEN quiet_from < quiet_until AND at::time >= quiet_from AND at::time < quiet_until
                THEN at::date + quiet_until
            WHEN quiet_from > quiet_until AND at::time >= quiet_from
                THEN at::date + 1 + quiet_until
            WHEN quiet_from > quiet_until AND at::time < quiet_until
                THEN at::date + quiet_until
            ELSE at END AS at
        FROM due
    )
    SELECT coalesce((SELECT s.by_mail FROM notification_settings s
                     WHERE s.tenant_id = current_tenant() AND s.person_id = $1
                       AND s.event = $2), true),
           greatest(now(), (SELECT c.at AT TIME ZONE c.zone FROM calm c))
$$;
COMMENT ON FUNCTION notify_wish IS 'Whether a person wants a mail about this event, and when at the earliest';

-- ── the record ────────────────────────────────────────────────────────────────────────

CREATE TABLE audit (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    person_id  uuid,
    actor_id   uuid,
    kind       text NOT NULL,
    peer       text NOT NULL,
    device     text NOT NULL DEFAULT '',
    detail     jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_person ON audit (tenant_id, person_id, id);
COMMENT ON TABLE audit IS 'Sign-ins, their failures and every change of an account, append-only';
COMMENT ON COLUMN audit.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN audit.id IS 'UUIDv7, in the order of happening';
COMMENT ON COLUMN audit.person_id IS 'Whose account; NULL: nobody''s';
COMMENT ON COLUMN audit.actor_id IS 'Who did it, where that is known';
COMMENT ON COLUMN audit.kind IS 'What: sign_in, sign_in_failed, password, two_factor_on, key, …';
COMMENT ON COLUMN audit.peer IS 'From which network address';
COMMENT ON COLUMN audit.device IS 'What the browser or program called itself';
COMMENT ON COLUMN audit.detail IS 'Whatever else explains it; never a secret';
COMMENT ON COLUMN audit.created_at IS 'When';

-- ── how often ─────────────────────────────────────────────────────────────────────────

-- Lost in a crash of the server, which is no harm: then everybody has full buckets.
CREATE UNLOGGED TABLE rate_buckets (
    key   text PRIMARY KEY,
    empty timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX rate_buckets_empty ON rate_buckets (empty);
COMMENT ON TABLE rate_buckets IS 'Token buckets of all tenants, as the time when each will be full again (generic cell rate algorithm)';
COMMENT ON COLUMN rate_buckets.key IS 'Digest of what is counted: the limit''s name and whom it holds';
COMMENT ON COLUMN rate_buckets.empty IS 'When all that was taken will have flowed back';

CREATE FUNCTION rate_take(keys text[], costs integer[], bursts integer[], intervals bigint[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    now_at timestamptz := clock_timestamp();
    full_at timestamptz;
    wait bigint := 0;
    one interval;
    i integer;
BEGIN
    FOR i IN SELECT k.n FROM unnest(keys) WITH ORDINALITY AS k (key, n) ORDER BY k.key LOOP
        one := intervals[i] * interval '1 microsecond';
        INSERT INTO rate_buckets AS b (key, empty)
        VALUES (keys[i], now_at + costs[i] * one)
        ON CONFLICT (key) DO UPDATE
            SET empty = greatest(b.empty, now_at) + costs[i] * one
            WHERE greatest(b.empty, now_at) + costs[i] * one <= now_at + bursts[i] * one;
        IF NOT FOUND THEN
            SELECT b.empty INTO full_at FROM rate_buckets b WHERE b.key = keys[i];
            wait := greatest(wait, 1, (extract(epoch FROM full_at + costs[i] * one
                             - bursts[i] * one - now_at) * 1000000)::bigint);
        END IF;
    END LOOP;
    RETURN wait;
END
$$;
COMMENT ON FUNCTION rate_take IS 'Take from several buckets at once: 0, or the microseconds to wait until the one that lacked most has enough. intervals: microseconds in which one flows back';

-- ── questions of the sign-in ──────────────────────────────────────────────────────────

CREATE FUNCTION sign_in_person(wanted text)
RETURNS TABLE (person_id uuid, name text, locale text, password_hash text, has_totp boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT p.id, p.name, p.locale, c.password_hash, c.sealed_totp IS NOT NULL
    FROM addresses a
    JOIN people p ON p.tenant_id = a.tenant_id AND p.id = a.person_id
    LEFT JOIN credentials c ON c.tenant_id = p.tenant_id AND c.person_id = p.id
    WHERE a.tenant_id = current_tenant() AND a.address = wanted
$$;
COMMENT ON FUNCTION sign_in_person IS 'Whose address it is, and what they have to show';

CREATE FUNCTION portal_bearer(tenant uuid, key_digest bytea, family uuid, peer text)
RETURNS TABLE (person_id uuid, role text, name text, locale text, time_zone text,
               theme text, address text, read_only boolean, scopes text[], id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    who uuid;
    may_read_only boolean := false;
    may text[];
    which uuid;
BEGIN
    IF key_digest IS NOT NULL THEN
        SELECT k.person_id, k.read_only, k.scopes, k.id INTO who, may_read_only, may, which
        FROM api_keys k
        WHERE k.digest = key_digest AND k.tenant_id = tenant AND k.revoked_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > now());
        UPDATE api_keys k SET last_used_at = now(), last_peer = peer
        WHERE k.tenant_id = tenant AND k.id = which
          AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute');
    ELSE
        SELECT f.person_id, f.id INTO who, which FROM token_families f
        WHERE f.tenant_id = tenant AND f.id = family AND f.revoked_at IS NULL
          AND f.expires_at > now();
        UPDATE token_families f SET last_used_at = now()
        WHERE f.tenant_id = tenant AND f.id = which
          AND f.last_used_at < now() - interval '1 minute';
    END IF;
    RETURN QUERY
    SELECT p.id, p.role, p.name, p.locale, p.time_zone, p.theme, (
               SELECT x.address FROM addresses x
               WHERE x.tenant_id = p.tenant_id AND x.person_id = p.id
               ORDER BY x.created_at, x.id LIMIT 1), may_read_only, may, which
    FROM people p WHERE p.tenant_id = tenant AND p.id = who;
END
$$;
COMMENT ON FUNCTION portal_bearer IS 'In whose name an API key, or the access token of a family, acts';

CREATE FUNCTION refresh_find(wanted bytea)
RETURNS TABLE (tenant_id uuid, family_id uuid, person_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT t.tenant_id, t.family_id, f.person_id FROM refresh_tokens t
    JOIN token_families f ON f.tenant_id = t.tenant_id AND f.id = t.family_id
    WHERE t.digest = wanted AND t.tenant_id = current_tenant()
$$;
COMMENT ON FUNCTION refresh_find IS 'Whose refresh token it is, used or not';

CREATE FUNCTION clock_forget_accounts(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH old_sign_ins AS (
        DELETE FROM sign_ins s USING (
            SELECT x.tenant_id, x.id FROM sign_ins x WHERE x.expires_at < now() - interval '1 day'
            ORDER BY x.expires_at LIMIT most FOR UPDATE SKIP LOCKED) AS o
        WHERE s.tenant_id = o.tenant_id AND s.id = o.id RETURNING 1
    ), old_families AS (
        DELETE FROM token_families f USING (
            SELECT x.tenant_id, x.id FROM token_families x WHERE x.expires_at < now()
            ORDER BY x.expires_at LIMIT most FOR UPDATE SKIP LOCKED) AS o
        WHERE f.tenant_id = o.tenant_id AND f.id = o.id RETURNING 1
    ), old_buckets AS (
        DELETE FROM rate_buckets b USING (
            SELECT x.key FROM rate_buckets x WHERE x.empty < now()
            ORDER BY x.empty LIMIT most FOR UPDATE SKIP LOCKED) AS o
        WHERE b.key = o.key RETURNING 1)
    SELECT greatest((SELECT count(*) FROM old_sign_ins), (SELECT count(*) FROM old_families),
                    (SELECT count(*) FROM old_buckets))
$$;
COMMENT ON FUNCTION clock_forget_accounts IS 'Delete what can''t be used any more; the largest number of one kind';

-- ── walls ─────────────────────────────────────────────────────────────────────────────

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['credentials', 'recovery_codes', 'sign_ins', 'devices',
                                'token_families', 'api_keys', 'notification_settings',
                                'notification_times', 'audit', 'refresh_tokens']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_tenant())', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO postern_portald', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['credentials', 'recovery_codes', 'devices', 'token_families',
                                'api_keys', 'notification_settings', 'notification_times']
    LOOP
        EXECUTE format('CREATE POLICY viewer ON %I AS RESTRICTIVE TO postern_portald '
                       'USING (person_id = current_person())', name);
    END LOOP;
END
$$;
-- A sign-in that has begun is found by what only its browser or its mail holds.
CREATE POLICY viewer ON sign_ins AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (current_person() IS NULL OR person_id IS NULL OR person_id = current_person());
CREATE POLICY viewer ON refresh_tokens AS RESTRICTIVE TO postern_portald
    USING (EXISTS (SELECT FROM token_families f
                   WHERE f.tenant_id = refresh_tokens.tenant_id AND f.id = family_id));
CREATE POLICY viewer ON audit AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (person_id = current_person() OR viewer_is_desk());
REVOKE UPDATE, DELETE ON audit FROM postern_portald;
GRANT DELETE ON addresses TO postern_portald;
