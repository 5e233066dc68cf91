-- A person's data, to be taken along: asked for on the web, put together by the clock.

CREATE TABLE exports (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    person_id   uuid NOT NULL,
    state       text NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'building', 'ready', 'failed')),
    tries       integer NOT NULL DEFAULT 0,
    done        integer NOT NULL DEFAULT 0,
    total       integer NOT NULL DEFAULT 0,
    left_out    integer NOT NULL DEFAULT 0,
    size        bigint NOT NULL DEFAULT 0,
    locale      text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    expires_at  timestamptz NOT NULL DEFAULT now() + interval '7 days',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
CREATE UNIQUE INDEX exports_one_at_a_time ON exports (tenant_id, person_id)
    WHERE state IN ('waiting', 'building');
CREATE INDEX exports_waiting ON exports (created_at) WHERE state IN ('waiting', 'building');
CREATE INDEX exports_expiry ON exports (expires_at);
COMMENT ON TABLE exports IS 'Archives of all that the desk has of a person, for a week';
COMMENT ON COLUMN exports.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN exports.id IS 'UUIDv7';
COMMENT ON COLUMN exports.person_id IS 'Whose data it is, the only one who may fetch it';
COMMENT ON COLUMN exports.state IS 'waiting for the clock, building, ready to be fetched, failed after three tries';
COMMENT ON COLUMN exports.tries IS 'How often it was begun';
COMMENT ON COLUMN exports.done IS 'Conversations, mailboxes and files that are in it so far';
COMMENT ON COLUMN exports.total IS 'How many there will be; 0: not counted yet';
COMMENT ON COLUMN exports.left_out IS 'Mails and files that had no room in it';
COMMENT ON COLUMN exports.size IS 'Bytes of the archive';
COMMENT ON COLUMN exports.locale IS 'Language of the mail that says it is ready';
COMMENT ON COLUMN exports.created_at IS 'When it was asked for';
COMMENT ON COLUMN exports.finished_at IS 'When it was ready, or given up';
COMMENT ON COLUMN exports.expires_at IS 'When it is forgotten';

CREATE TABLE export_pieces (
    tenant_id uuid NOT NULL,
    export_id uuid NOT NULL,
    ordinal   integer NOT NULL,
    content   bytea NOT NULL,
    PRIMARY KEY (tenant_id, export_id, ordinal),
    FOREIGN KEY (tenant_id, export_id) REFERENCES exports ON DELETE CASCADE
);
ALTER TABLE export_pieces ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE export_pieces IS 'The bytes of an archive, in pieces that any portald can send';
COMMENT ON COLUMN export_pieces.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN export_pieces.export_id IS 'Whose piece';
COMMENT ON COLUMN export_pieces.ordinal IS 'Its place, from 0';
COMMENT ON COLUMN export_pieces.content IS 'The bytes, compressed by the archive already';

-- One clock leads, so what is still building was left by one that died.
CREATE FUNCTION clock_claim_export(most_tries integer)
RETURNS TABLE (tenant_id uuid, id uuid, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    claimed record;
BEGIN
    UPDATE exports e SET state = 'failed', finished_at = now()
    WHERE e.state IN ('waiting', 'building') AND e.tries >= most_tries;
    SELECT e.tenant_id, e.id, e.person_id INTO claimed FROM exports e
    WHERE e.state IN ('waiting', 'building')
    ORDER BY e.tries, e.created_at LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    DELETE FROM export_pieces p
    WHERE p.tenant_id = claimed.tenant_id AND p.export_id = claimed.id;
    UPDATE exports e SET state = 'building', tries = e.tries + 1, done = 0, total = 0
    WHERE e.tenant_id = claimed.tenant_id AND e.id = claimed.id;
    RETURN QUERY SELECT claimed.tenant_id, claimed.id, claimed.person_id;
END
$$;
COMMENT ON FUNCTION clock_claim_export IS 'Begin the archive that waits longest, from nothing';

CREATE FUNCTION clock_forget_exports(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH gone AS (
        DELETE FROM exports e USING (
            SELECT x.tenant_id, x.id FROM exports x WHERE x.expires_at < now()
            ORDER BY x.expires_at LIMIT most FOR UPDATE SKIP LOCKED) AS o
        WHERE e.tenant_id = o.tenant_id AND e.id = o.id RETURNING 1)
    SELECT count(*) FROM gone
$$;
COMMENT ON FUNCTION clock_forget_exports IS 'Delete archives whose week is over';

ALTER TABLE exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE export_pieces ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON exports USING (tenant_id = current_tenant());
CREATE POLICY tenant ON export_pieces USING (tenant_id = current_tenant());
CREATE POLICY viewer ON exports AS RESTRICTIVE TO postern_portald
    USING (person_id = current_person());
CREATE POLICY viewer ON export_pieces AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (EXISTS (SELECT FROM exports e
                   WHERE e.tenant_id = export_pieces.tenant_id
                     AND e.id = export_pieces.export_id));
GRANT SELECT, INSERT, DELETE ON exports TO postern_portald;
GRANT SELECT ON export_pieces TO postern_portald;
GRANT SELECT, UPDATE ON exports TO postern_maild;
GRANT SELECT, INSERT ON export_pieces TO postern_maild;
