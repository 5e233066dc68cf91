-- What an admin sets up on the portal: how it looks, what it announces.

CREATE TABLE brand_logos (
    tenant_id    uuid PRIMARY KEY REFERENCES tenants,
    content_type text NOT NULL CHECK (content_type IN ('image/png', 'image/jpeg', 'image/webp')),
    content      bytea NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE brand_logos IS 'The picture at the top of a tenant''s portal; no row: its title';
COMMENT ON COLUMN brand_logos.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN brand_logos.content_type IS 'What it is, by its bytes';
COMMENT ON COLUMN brand_logos.content IS 'The file';
COMMENT ON COLUMN brand_logos.updated_at IS 'When it was last set';

CREATE TABLE announcements (
    tenant_id  uuid NOT NULL REFERENCES tenants,
    id         uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('news', 'maintenance')),
    title      text NOT NULL,
    text       text NOT NULL,
    starts_at  timestamptz NOT NULL DEFAULT now(),
    ends_at    timestamptz,
    author_id  uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, author_id) REFERENCES people,
    CHECK (ends_at > starts_at)
);
CREATE INDEX announcements_ends ON announcements (tenant_id, ends_at);
COMMENT ON TABLE announcements IS 'What stands at the top of every page of the portal for a while';
COMMENT ON COLUMN announcements.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN announcements.id IS 'UUIDv7';
COMMENT ON COLUMN announcements.kind IS 'maintenance stands out';
COMMENT ON COLUMN announcements.title IS 'A few words';
COMMENT ON COLUMN announcements.text IS 'A few sentences, plain';
COMMENT ON COLUMN announcements.starts_at IS 'Shown from then on';
COMMENT ON COLUMN announcements.ends_at IS 'until then; NULL: until it is removed';
COMMENT ON COLUMN announcements.author_id IS 'Who wrote it';
COMMENT ON COLUMN announcements.created_at IS 'When the row was made';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['brand_logos', 'announcements']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_tenant())', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO postern_portald', name);
        -- Everybody may see them; only who works at the desk may change them.
        EXECUTE format('CREATE POLICY desk_adds ON %I AS RESTRICTIVE FOR INSERT TO '
                       'postern_portald WITH CHECK (viewer_is_desk())', name);
        EXECUTE format('CREATE POLICY desk_changes ON %I AS RESTRICTIVE FOR UPDATE TO '
                       'postern_portald USING (viewer_is_desk())', name);
        EXECUTE format('CREATE POLICY desk_removes ON %I AS RESTRICTIVE FOR DELETE TO '
                       'postern_portald USING (viewer_is_desk())', name);
    END LOOP;
END
$$;

-- The same for what is the tenant's own and not a person's.
CREATE POLICY desk_changes ON tenants AS RESTRICTIVE FOR UPDATE TO postern_portald
    USING (viewer_is_desk());

-- inbound shows portald only what became a message; how much waits is a number.
CREATE FUNCTION admin_inbound(OUT waiting bigint, OUT quarantined bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT (SELECT count(*) FROM inbound i
            WHERE i.tenant_id = current_tenant() AND i.state = 'new'),
           (SELECT count(*) FROM inbound i
            WHERE i.tenant_id = current_tenant() AND i.state = 'quarantined')
    WHERE viewer_is_desk()
$$;
COMMENT ON FUNCTION admin_inbound IS 'Mails of the tenant that wait and that could not be read';
