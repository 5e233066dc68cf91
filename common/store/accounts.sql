-- Accounts: signing in, what proves who somebody is, and what they chose.

-- name: rate_take
-- $1 keys, $2 how many of each, $3 bursts, $4 microseconds in which one flows back:
-- microseconds to wait, 0 when all were taken. A transaction of its own.
SELECT rate_take($1::text[], $2::text[]::integer[], $3::text[]::integer[],
                 $4::text[]::bigint[])

-- name: audit_add
-- $1 id, $2 whose account, $3 who did it, $4 kind, $5 peer, $6 device, $7 detail or NULL
INSERT INTO audit (tenant_id, id, person_id, actor_id, kind, peer, device, detail)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text,
        coalesce($7::jsonb, '{}'))

-- ── signing in ──────────────────────────────────────────────────────────────────────

-- name: sign_in_person
-- $1 address: who it is, what they have to show, whether strangers may come at all, and
-- whether the address is one of the desk itself
SELECT s.person_id, s.name, s.locale, s.password_hash, coalesce(s.has_totp, false),
       portal_offers('sign_up'),
       EXISTS (SELECT FROM queue_addresses q
               WHERE q.tenant_id = t.id
                 AND q.address = regexp_replace($1::text, '\+[^@]*@', '@'))
FROM tenants t LEFT JOIN sign_in_person($1::text) AS s ON true
WHERE t.id = current_tenant()

-- name: sign_in_failures
-- $1 person or NULL, $2 digest of the address, $3 peer: wrong tries of the last hour for it,
-- and from that network, and whether the person was ever there
SELECT of_address, of_network, is_known FROM sign_in_failures($1::uuid, $2::text, $3::text)

-- name: sign_in_barred_lately
-- $1 person: a row when they were told of it within the hour
SELECT 1 FROM audit
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND kind = 'password_barred'
  AND created_at > now() - interval '1 hour' LIMIT 1

-- name: sign_in_add
-- $1 id, $2 kind, $3 person, $4 address, $5 digest of the link's token, $6 of the browser's
-- cookie, $7 proof, $8 next, $9 peer, $10 minutes it is good for
INSERT INTO sign_ins (tenant_id, id, kind, person_id, address, token_digest,
                      browser_digest, proof, next, peer, expires_at)
VALUES (current_tenant(), $1::uuid, $2::text, $3::uuid, $4::text, $5::bytea, $6::bytea,
        $7::text, $8::text, $9::text, now() + make_interval(mins => $10::integer))

-- name: sign_in_of_browser
-- $1 digest of its cookie, $2 kinds: the newest that waits
SELECT id, kind, person_id, address, proof, next, true, false, tries
FROM sign_ins
WHERE tenant_id = current_tenant() AND browser_digest = $1::bytea
  AND kind = ANY ($2::text[]) AND used_at IS NULL AND expires_at > now()
ORDER BY created_at DESC, id DESC LIMIT 1

-- name: sign_in_of_token
-- $1 digest of the link's token, $2 of the browser's cookie
SELECT id, kind, person_id, address, proof, next,
       coalesce(browser_digest = $2::bytea, false),
       used_at IS NOT NULL OR expires_at <= now(), tries
FROM sign_ins
WHERE tenant_id = current_tenant() AND token_digest = $1::bytea

-- name: sign_in_try
-- $1 id, $2 most: a code was typed; no row when there were enough
UPDATE sign_ins SET tries = tries + 1
WHERE tenant_id = current_tenant() AND id = $1::uuid AND used_at IS NULL
  AND expires_at > now() AND tries < $2::integer
RETURNING tries

-- name: sign_in_use
-- $1 id: no row when somebody was faster
UPDATE sign_ins SET used_at = now()
WHERE tenant_id = current_tenant() AND id = $1::uuid AND used_at IS NULL
  AND expires_at > now()
RETURNING id

-- name: address_verified
-- $1 address: a link sent there came back
UPDATE addresses SET verified_at = now()
WHERE tenant_id = current_tenant() AND address = $1::text AND verified_at IS NULL

-- name: device_see
-- $1 person, $2 digest of the browser's cookie, $3 label: whether it is new, and whether
-- the person had others
WITH known AS (
    UPDATE devices SET last_seen_at = now()
    WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND digest = $2::bytea
    RETURNING 1
), added AS (
    INSERT INTO devices (tenant_id, person_id, digest, label)
    SELECT current_tenant(), $1::uuid, $2::bytea, $3::text
    WHERE NOT EXISTS (SELECT FROM known)
    RETURNING 1)
SELECT EXISTS (SELECT FROM added),
       EXISTS (SELECT FROM devices
               WHERE tenant_id = current_tenant() AND person_id = $1::uuid)

-- name: account_mail
-- $1 outbox id, $2 template, $3 person or NULL, $4 address, $5 detail. About no ticket.
INSERT INTO outbox (tenant_id, id, template, person_id, address, role, automatic, detail)
VALUES (current_tenant(), $1::uuid, $2::text, $3::uuid, $4::text, 'account', false,
        $5::jsonb)

-- ── credentials ─────────────────────────────────────────────────────────────────────

-- name: credentials_read
-- $1 person; held until the transaction ends. When it was opened decides on old codes.
SELECT password_hash, sealed_totp, totp_counter, sealed_totp_pending
FROM credentials WHERE tenant_id = current_tenant() AND person_id = $1::uuid
FOR UPDATE

-- name: credentials_set_password
-- $1 person, $2 hash
INSERT INTO credentials (tenant_id, person_id, password_hash, password_at)
VALUES (current_tenant(), $1::uuid, $2::text, now())
ON CONFLICT (tenant_id, person_id) DO UPDATE
SET password_hash = excluded.password_hash, password_at = excluded.password_at

-- name: credentials_renew_password
-- $1 person, $2 the hash that it was, $3 the same password hashed anew
UPDATE credentials SET password_hash = $3::text
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND password_hash = $2::text

-- name: totp_propose
-- $1 person, $2 sealed secret that waits for its first code
INSERT INTO credentials (tenant_id, person_id, sealed_totp_pending)
VALUES (current_tenant(), $1::uuid, $2::bytea)
ON CONFLICT (tenant_id, person_id) DO UPDATE
SET sealed_totp_pending = excluded.sealed_totp_pending

-- name: totp_enable
-- $1 person, $2 step of the first code
UPDATE credentials SET sealed_totp = sealed_totp_pending, sealed_totp_pending = NULL,
                       totp_at = now(), totp_counter = $2::bigint
WHERE tenant_id = current_tenant() AND person_id = $1::uuid
  AND sealed_totp_pending IS NOT NULL

-- name: totp_take
-- $1 person, $2 step of a code: no row when it, or a later one, was taken before
UPDATE credentials SET totp_counter = $2::bigint
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND totp_counter < $2::bigint
RETURNING totp_counter

-- name: totp_disable
-- $1 person
WITH codes AS (
    DELETE FROM recovery_codes WHERE tenant_id = current_tenant() AND person_id = $1::uuid)
UPDATE credentials SET sealed_totp = NULL, sealed_totp_pending = NULL, totp_at = NULL
WHERE tenant_id = current_tenant() AND person_id = $1::uuid

-- name: recovery_codes_forget
-- $1 person
DELETE FROM recovery_codes WHERE tenant_id = current_tenant() AND person_id = $1::uuid

-- name: recovery_code_add
-- $1 person, $2 digest
INSERT INTO recovery_codes (tenant_id, person_id, digest)
VALUES (current_tenant(), $1::uuid, $2::bytea)

-- name: recovery_code_use
-- $1 person, $2 digest: no row when there is none or it was used
UPDATE recovery_codes SET used_at = now()
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND digest = $2::bytea
  AND used_at IS NULL
RETURNING (SELECT count(*) FROM recovery_codes r
           WHERE r.tenant_id = current_tenant() AND r.person_id = $1::uuid
             AND r.used_at IS NULL) - 1

-- ── tokens of the API ───────────────────────────────────────────────────────────────

-- name: portal_bearer
-- $1 tenant, $2 digest of a key or NULL, $3 family of an access token or NULL, $4 peer
SELECT * FROM portal_bearer($1::uuid, $2::bytea, $3::uuid, $4::text)

-- name: token_family_add
-- $1 id, $2 person, $3 device, $4 peer, $5 days it holds
INSERT INTO token_families (tenant_id, id, person_id, device, peer, expires_at)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::text, $4::text,
        now() + make_interval(days => $5::integer))

-- name: refresh_add
-- $1 id, $2 family, $3 the one it was given for, or NULL, $4 digest
INSERT INTO refresh_tokens (tenant_id, id, family_id, parent_id, digest)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::uuid, $4::bytea)

-- name: refresh_find
-- $1 digest: whose it is, before anybody is known
SELECT family_id, person_id FROM refresh_find($1::bytea)

-- name: refresh_use
-- $1 digest: its id, and whether it is good; held until the transaction ends. No good one
-- is used twice.
WITH token AS (
    SELECT t.id, t.family_id, t.used_at FROM refresh_tokens t
    WHERE t.tenant_id = current_tenant() AND t.digest = $1::bytea FOR UPDATE
), used AS (
    UPDATE refresh_tokens t SET used_at = now() FROM token
    WHERE t.tenant_id = current_tenant() AND t.id = token.id AND token.used_at IS NULL
    RETURNING 1)
SELECT token.id, EXISTS (SELECT FROM used),
       f.revoked_at IS NULL AND f.expires_at > now()
FROM token
JOIN token_families f ON f.tenant_id = current_tenant() AND f.id = token.family_id

-- name: token_family_revoke
-- $1 family, $2 why
UPDATE token_families SET revoked_at = now(), revoked_for = $2::text
WHERE tenant_id = current_tenant() AND id = $1::uuid AND revoked_at IS NULL

-- ── sessions, seen by their person ──────────────────────────────────────────────────

-- name: account_sessions
-- $1 person, $2 the session or family that asks
SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
    'id', s.id, 'kind', s.kind, 'is_browser', s.kind = 'browser', 'device', s.device,
    'peer', s.peer, 'proof', s.proof,
    'created_at', time_rfc3339(s.created_at), 'last_seen_at', time_rfc3339(s.seen),
    'expires_at', time_rfc3339(s.expires_at), 'is_current', s.id IS NOT DISTINCT FROM $2::uuid)
    ORDER BY s.id IS NOT DISTINCT FROM $2::uuid DESC, s.seen DESC, s.id), '[]'),
    'next', NULL)
FROM (
    SELECT id, 'browser' AS kind, device, peer, proof, created_at, last_seen_at AS seen,
           expires_at
    FROM sessions
    WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND expires_at > now()
      AND last_seen_at > now() - interval '14 days'
    UNION ALL
    SELECT id, 'program', device, peer, NULL, created_at, last_used_at, expires_at
    FROM token_families
    WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND expires_at > now()
      AND revoked_at IS NULL) AS s

-- name: account_end_session
-- $1 person, $2 session or family: how many were ended
WITH browser AS (
    DELETE FROM sessions
    WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND id = $2::uuid
    RETURNING 1
), program AS (
    UPDATE token_families SET revoked_at = now(), revoked_for = 'signed_out'
    WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND id = $2::uuid
      AND revoked_at IS NULL
    RETURNING 1)
SELECT (SELECT count(*) FROM browser) + (SELECT count(*) FROM program)

-- name: account_end_sessions
-- $1 person, $2 the one that stays, or NULL, $3 why: how many were ended
WITH browser AS (
    DELETE FROM sessions
    WHERE tenant_id = current_tenant() AND person_id = $1::uuid
      AND id IS DISTINCT FROM $2::uuid
    RETURNING 1
), program AS (
    UPDATE token_families SET revoked_at = now(), revoked_for = $3::text
    WHERE tenant_id = current_tenant() AND person_id = $1::uuid
      AND id IS DISTINCT FROM $2::uuid AND revoked_at IS NULL
    RETURNING 1)
SELECT (SELECT count(*) FROM browser) + (SELECT count(*) FROM program)

-- name: session_is_fresh
-- $1 session or family of tokens, $2 minutes: signed in just now, with what
SELECT proof FROM sessions
WHERE tenant_id = current_tenant() AND id = $1::uuid
  AND created_at > now() - make_interval(mins => $2::integer)
UNION ALL
SELECT 'program' FROM token_families
WHERE tenant_id = current_tenant() AND id = $1::uuid
  AND created_at > now() - make_interval(mins => $2::integer)

-- ── the account, seen by its person ─────────────────────────────────────────────────

-- name: account_profile
-- $1 person
SELECT jsonb_build_object(
    'id', p.id, 'name', p.name, 'phone', p.phone, 'role', p.role,
    'locale', p.locale, 'time_zone', p.time_zone, 'theme', p.theme,
    'created_at', time_rfc3339(p.created_at),
    'has_password', coalesce(c.password_hash IS NOT NULL, false),
    'has_two_factor', coalesce(c.sealed_totp IS NOT NULL, false),
    'addresses', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', a.id, 'address', a.address, 'is_main', a.n = 1,
            'verified_at', time_rfc3339(a.verified_at)) ORDER BY a.n), '[]')
        FROM (SELECT x.*, row_number() OVER (ORDER BY x.created_at, x.id) AS n
              FROM addresses x
              WHERE x.tenant_id = p.tenant_id AND x.person_id = p.id) AS a))
FROM people p
LEFT JOIN credentials c ON c.tenant_id = p.tenant_id AND c.person_id = p.id
WHERE p.tenant_id = current_tenant() AND p.id = $1::uuid

-- name: account_lock
-- $1 person: others who change their account on a condition wait
SELECT id FROM people WHERE tenant_id = current_tenant() AND id = $1::uuid
FOR NO KEY UPDATE

-- name: account_set_profile
-- $1 person, $2 name, $3 phone, $4 locale or NULL, $5 time zone or NULL, $6 theme
UPDATE people SET name = $2::text, phone = $3::text, locale = $4::text,
                  time_zone = $5::text, theme = $6::text
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: account_close
-- $1 person, $2 days: no row for who works at the desk. Keys end now, all else then.
WITH keys AS (
    UPDATE api_keys SET revoked_at = now()
    WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND revoked_at IS NULL)
UPDATE people SET closing_at = now() + make_interval(days => $2::integer),
                  closing_since = now()
WHERE tenant_id = current_tenant() AND id = $1::uuid AND role = 'customer'
RETURNING closing_at

-- name: account_stay
-- $1 person: a row when their account was to be closed
UPDATE people SET closing_at = NULL, closing_since = NULL
WHERE tenant_id = current_tenant() AND id = $1::uuid AND closing_at IS NOT NULL
RETURNING id

-- name: time_zone_known
-- $1 IANA name: a row when the database knows it
SELECT 1 FROM pg_timezone_names WHERE name = $1::text

-- name: time_zones
-- all of them, as one JSON list
SELECT jsonb_agg(name ORDER BY name) FROM pg_timezone_names
WHERE name ~ '^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/'
   OR name = 'UTC'

-- name: account_two_factor
-- $1 person
SELECT jsonb_build_object(
    'enabled', coalesce(c.sealed_totp IS NOT NULL, false),
    'since', time_rfc3339(c.totp_at),
    'recovery_codes_left', (
        SELECT count(*) FROM recovery_codes r
        WHERE r.tenant_id = current_tenant() AND r.person_id = $1::uuid
          AND r.used_at IS NULL))
FROM (SELECT $1::uuid AS id) AS p
LEFT JOIN credentials c ON c.tenant_id = current_tenant() AND c.person_id = p.id

-- name: account_remove_address
-- $1 person, $2 address id: no row for the last one, and for one that takes part in a ticket
DELETE FROM addresses a
WHERE a.tenant_id = current_tenant() AND a.person_id = $1::uuid AND a.id = $2::uuid
  AND EXISTS (SELECT FROM addresses o
              WHERE o.tenant_id = current_tenant() AND o.person_id = $1::uuid
                AND o.id <> a.id AND o.verified_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM participants y
                  WHERE y.tenant_id = current_tenant() AND y.address_id = a.id)
RETURNING a.address

-- name: account_add_address
-- $1 person, $2 id, $3 address, verified: no row when it is somebody else's
INSERT INTO addresses (tenant_id, id, person_id, address, verified_at)
VALUES (current_tenant(), $2::uuid, $1::uuid, $3::text, now())
ON CONFLICT (tenant_id, address) DO UPDATE
    SET verified_at = coalesce(addresses.verified_at, excluded.verified_at)
    WHERE addresses.person_id = excluded.person_id
RETURNING id

-- name: account_notifications
-- $1 person: what they are told of, and when
SELECT jsonb_build_object(
    'events', (
        SELECT jsonb_agg(jsonb_build_object(
            'event', e.event, 'mail', coalesce(s.by_mail, true),
            'in_app', coalesce(s.in_app, true)) ORDER BY e.n)
        FROM unnest(notify_events(p.role)) WITH ORDINALITY AS e (event, n)
        LEFT JOIN notification_settings s ON s.tenant_id = p.tenant_id
            AND s.person_id = p.id AND s.event = e.event),
    'digest', coalesce(t.digest, 'none'), 'digest_hour', coalesce(t.digest_hour, 8),
    'quiet_from', to_char(t.quiet_from, 'HH24:MI'),
    'quiet_until', to_char(t.quiet_until, 'HH24:MI'))
FROM people p
LEFT JOIN notification_times t ON t.tenant_id = p.tenant_id AND t.person_id = p.id
WHERE p.tenant_id = current_tenant() AND p.id = $1::uuid

-- name: account_set_notifications
-- $1 person, $2 the document as account_notifications gives it; what it lacks stays
WITH given AS (
    SELECT $2::jsonb AS doc
), events AS (
    INSERT INTO notification_settings (tenant_id, person_id, event, by_mail, in_app)
    SELECT p.tenant_id, p.id, e.event, bool_or(e.mail), bool_or(e.in_app)
    FROM given
    JOIN people p ON p.tenant_id = current_tenant() AND p.id = $1::uuid
    CROSS JOIN LATERAL jsonb_to_recordset(coalesce(given.doc -> 'events', '[]'))
        AS e (event text, mail boolean, in_app boolean)
    WHERE e.event = ANY (notify_events(p.role))
    GROUP BY p.tenant_id, p.id, e.event
    ON CONFLICT (tenant_id, person_id, event) DO UPDATE
    SET by_mail = excluded.by_mail, in_app = excluded.in_app)
INSERT INTO notification_times AS t (tenant_id, person_id, digest, digest_hour, quiet_from,
                                     quiet_until)
SELECT current_tenant(), $1::uuid, coalesce(doc ->> 'digest', 'none'),
       coalesce((doc ->> 'digest_hour')::integer, 8), (doc ->> 'quiet_from')::time,
       (doc ->> 'quiet_until')::time
FROM given
ON CONFLICT (tenant_id, person_id) DO UPDATE
SET digest = excluded.digest, digest_hour = excluded.digest_hour,
    quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until

-- name: account_keys
-- $1 person
SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
    'id', id, 'name', name, 'prefix', prefix, 'read_only', read_only,
    'scopes', to_jsonb(scopes), 'scopes_text', array_to_string(scopes, ', '),
    'last_used_at', time_rfc3339(last_used_at), 'last_peer', last_peer,
    'expires_at', time_rfc3339(expires_at), 'created_at', time_rfc3339(created_at))
    ORDER BY created_at DESC, id DESC), '[]'), 'next', NULL)
FROM api_keys
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND revoked_at IS NULL

-- name: account_add_key
-- $1 person, $2 id, $3 name, $4 prefix, $5 digest, $6 read only, $7 scopes, $8 days or 0,
-- $9 most keys that one person has: no row beyond
INSERT INTO api_keys (tenant_id, id, person_id, name, prefix, digest, read_only, scopes,
                      expires_at)
SELECT current_tenant(), $2::uuid, $1::uuid, $3::text, $4::text, $5::bytea, $6::boolean,
       $7::text[],
       CASE WHEN $8::integer > 0 THEN now() + make_interval(days => $8::integer) END
WHERE (SELECT count(*) FROM api_keys
       WHERE tenant_id = current_tenant() AND person_id = $1::uuid
         AND revoked_at IS NULL) < $9::integer
RETURNING id

-- name: account_revoke_key
-- $1 person, $2 key
UPDATE api_keys SET revoked_at = now()
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND id = $2::uuid
  AND revoked_at IS NULL
RETURNING name

-- name: account_audit
-- $1 person: the newest hundred
SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
    'kind', kind, 'kind_is', jsonb_build_object(kind, true), 'peer', peer,
    'device', device, 'at', time_rfc3339(created_at)) ORDER BY id DESC), '[]'), 'next', NULL)
FROM (SELECT * FROM audit
      WHERE tenant_id = current_tenant() AND person_id = $1::uuid
      ORDER BY id DESC LIMIT 100) AS a

-- ── wishes ──────────────────────────────────────────────────────────────────────────

-- name: notify_wish
-- $1 person, $2 template: whether they want it by mail, and not before when
SELECT by_mail, not_before FROM notify_wish($1::uuid, $2::text)
