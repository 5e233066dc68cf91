-- What a customer writes again and again, and what they have put away.

CREATE TABLE customer_texts (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    person_id  uuid NOT NULL,
    title      text NOT NULL,
    text       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE
);
CREATE INDEX customer_texts_person ON customer_texts (tenant_id, person_id, title);
COMMENT ON TABLE customer_texts IS 'A customer''s own texts, to be put into what they write';
COMMENT ON COLUMN customer_texts.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN customer_texts.id IS 'UUIDv7';
COMMENT ON COLUMN customer_texts.person_id IS 'Whose text it is, the only one who sees it';
COMMENT ON COLUMN customer_texts.title IS 'What they call it';
COMMENT ON COLUMN customer_texts.text IS 'Markdown';
COMMENT ON COLUMN customer_texts.created_at IS 'When the row was made';

ALTER TABLE customer_texts ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON customer_texts USING (tenant_id = current_tenant());
CREATE POLICY viewer ON customer_texts AS RESTRICTIVE TO postern_portald
    USING (person_id = current_person());
GRANT SELECT, INSERT, UPDATE, DELETE ON customer_texts TO postern_portald;

ALTER TABLE participants ADD COLUMN archived_at timestamptz;
COMMENT ON COLUMN participants.archived_at IS 'When they put it away; what is said later brings it back';
