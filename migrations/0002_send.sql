-- What the sender and the clock need beside the desk: the words that mails show, tokens of
-- relays, and the clock's looks over all tenants.

-- ── how mails show things ─────────────────────────────────────────────────────────────

CREATE FUNCTION time_rfc3339(at timestamptz) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;
COMMENT ON FUNCTION time_rfc3339 IS 'A time for programs';

CREATE FUNCTION time_text(at timestamptz) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') $$;
COMMENT ON FUNCTION time_text IS 'A time for people';

CREATE FUNCTION age_text(since timestamptz) RETURNS text LANGUAGE sql STABLE AS
$$
    SELECT CASE WHEN n IS NULL THEN NULL
                ELSE n || ' ' || unit || CASE n WHEN 1 THEN '' ELSE 's' END END
    FROM (SELECT extract(epoch FROM now() - since)::bigint AS seconds) AS age,
         LATERAL (SELECT CASE WHEN seconds >= 172800 THEN seconds / 86400
                              WHEN seconds >= 7200 THEN seconds / 3600
                              WHEN seconds >= 60 THEN seconds / 60 END AS n,
                         CASE WHEN seconds >= 172800 THEN 'day'
                              WHEN seconds >= 7200 THEN 'hour'
                              ELSE 'minute' END AS unit) AS words
$$;
COMMENT ON FUNCTION age_text IS 'How long ago, in English: "2 hours"; NULL below a minute';

CREATE FUNCTION size_text(bytes bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$
    SELECT CASE WHEN bytes < 1000 THEN bytes || ' B'
                WHEN bytes < 1000000 THEN (bytes + 500) / 1000 || ' kB'
                ELSE round(bytes / 1000000.0, 1) || ' MB' END
$$;
COMMENT ON FUNCTION size_text IS 'A size for people, in powers of 1000';

CREATE FUNCTION subject_text(subject text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$
    SELECT btrim(regexp_replace(
        regexp_replace(subject, '[[:cntrl:]\u0085\u2028\u2029]+', ' ', 'g'),
        '^(\s*((re|aw|antw|sv|vs|odp|r|ref|res|rv|ynt|атв|回复|答复|返信)(\[[0-9]+\]|\([0-9]+\))?\s*[:：]|\[#[0-9]+\]))+',
        '', 'i'))
$$;
COMMENT ON FUNCTION subject_text IS 'A subject on one line, without the Re: and [#42] in front';

-- ── tokens ────────────────────────────────────────────────────────────────────────────

CREATE TABLE relay_tokens (
    account              text PRIMARY KEY,
    sealed_refresh_token bytea NOT NULL,
    issued_at            timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE relay_tokens IS 'OAuth refresh tokens of relays that took the place of the configured ones';
COMMENT ON COLUMN relay_tokens.account IS 'user@token endpoint, as configured';
COMMENT ON COLUMN relay_tokens.sealed_refresh_token IS 'Sealed with the installation''s secret';
COMMENT ON COLUMN relay_tokens.issued_at IS 'When it was given to us';
GRANT SELECT, INSERT, UPDATE ON relay_tokens TO postern_maild;
