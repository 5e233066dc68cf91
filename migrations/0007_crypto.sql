-- OpenPGP and S/MIME: keys, and the mails that the crypto job opens or verifies.

CREATE TABLE crypto_keys (
    tenant_id     uuid NOT NULL REFERENCES tenants,
    id            uuid NOT NULL,
    queue_id      uuid,
    kind          text NOT NULL CHECK (kind IN ('secret', 'person', 'authority')),
    protocol      text NOT NULL CHECK (protocol IN ('openpgp', 'smime')),
    fingerprint   text NOT NULL CHECK (fingerprint ~ '^[0-9A-F]{40,64}$'),
    name          text NOT NULL,
    addresses     text[] NOT NULL DEFAULT '{}',
    expires_at    timestamptz,
    certificate   bytea NOT NULL,
    sealed_secret bytea,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, protocol, fingerprint),
    FOREIGN KEY (tenant_id, queue_id) REFERENCES queues ON DELETE CASCADE,
    CHECK ((kind = 'secret') = (sealed_secret IS NOT NULL))
);
COMMENT ON TABLE crypto_keys IS 'Keys and certificates of OpenPGP and S/MIME: ours to decrypt with, others'' to verify by';
COMMENT ON COLUMN crypto_keys.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN crypto_keys.id IS 'UUIDv7';
COMMENT ON COLUMN crypto_keys.queue_id IS 'Of a secret one: the queue whose mail it opens; NULL: every queue''s';
COMMENT ON COLUMN crypto_keys.kind IS 'secret: opens mail to us; person: a correspondent''s; authority: certificates that it issued are believed';
COMMENT ON COLUMN crypto_keys.protocol IS 'openpgp or smime';
COMMENT ON COLUMN crypto_keys.fingerprint IS 'Of the (primary) key, upper-case hex';
COMMENT ON COLUMN crypto_keys.name IS 'Whose it is, as the key says';
COMMENT ON COLUMN crypto_keys.addresses IS 'Mail addresses that the key says it is for, normalised';
COMMENT ON COLUMN crypto_keys.expires_at IS 'Not good from then on; NULL: it says nothing';
COMMENT ON COLUMN crypto_keys.certificate IS 'The public part, as gpg or gpgsm exports it';
COMMENT ON COLUMN crypto_keys.sealed_secret IS 'The private keys of a secret one, sealed with the installation''s secret';
COMMENT ON COLUMN crypto_keys.created_at IS 'When the row was made';

CREATE TABLE unsealings (
    tenant_id     uuid NOT NULL,
    inbound_id    uuid NOT NULL,
    protocol      text NOT NULL CHECK (protocol IN ('openpgp', 'smime')),
    sender        text NOT NULL,
    queues        uuid[] NOT NULL,
    state         text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done')),
    again         boolean NOT NULL DEFAULT false,
    tries         integer NOT NULL DEFAULT 0,
    next_at       timestamptz NOT NULL DEFAULT now(),
    claimed_by    text,
    claimed_until timestamptz,
    result        jsonb,
    lacks         text CHECK (lacks IN ('secret', 'person')),
    opened        bytea COMPRESSION lz4,
    created_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    PRIMARY KEY (tenant_id, inbound_id),
    FOREIGN KEY (tenant_id, inbound_id) REFERENCES inbound
);
CREATE INDEX unsealings_waiting ON unsealings (again, created_at) WHERE state = 'new';
CREATE INDEX unsealings_lacking ON unsealings (tenant_id, protocol) WHERE lacks IS NOT NULL;
COMMENT ON TABLE unsealings IS 'Signed and encrypted mails: the queue of the crypto job, and what it found. Ingest waits for it';
COMMENT ON COLUMN unsealings.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN unsealings.inbound_id IS 'The raw message';
COMMENT ON COLUMN unsealings.protocol IS 'openpgp or smime';
COMMENT ON COLUMN unsealings.sender IS 'Address in From, whose key it should be signed by';
COMMENT ON COLUMN unsealings.queues IS 'The queues it came to, whose keys it may be opened with';
COMMENT ON COLUMN unsealings.state IS 'new: to be looked at; done';
COMMENT ON COLUMN unsealings.again IS 'It was done before; a key came that may change the result. Behind new mail in the queue';
COMMENT ON COLUMN unsealings.tries IS 'How often it was begun';
COMMENT ON COLUMN unsealings.next_at IS 'Not before this time';
COMMENT ON COLUMN unsealings.claimed_by IS 'The worker that looks at it';
COMMENT ON COLUMN unsealings.claimed_until IS 'When the claim runs out if the worker is never heard of again';
COMMENT ON COLUMN unsealings.result IS 'What was found, as messages.crypto has it';
COMMENT ON COLUMN unsealings.lacks IS 'The kind of key that would give another result; NULL: none would';
COMMENT ON COLUMN unsealings.opened IS 'The mail as it reads opened, RFC 5322 with the header of the raw one; NULL: as it came';
COMMENT ON COLUMN unsealings.created_at IS 'When the row was made';
COMMENT ON COLUMN unsealings.finished_at IS 'When it was last done';

ALTER TABLE messages ADD COLUMN crypto jsonb;
COMMENT ON COLUMN messages.crypto IS 'Whether it was signed or encrypted, and what came of checking that; NULL: neither. Where "opened" is true, text and parts are those of unsealings.opened';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['crypto_keys', 'unsealings'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_tenant())', name);
    END LOOP;
END
$$;
GRANT SELECT ON crypto_keys TO postern_maild;
GRANT SELECT, INSERT, UPDATE ON unsealings TO postern_maild;
GRANT SELECT ON unsealings TO postern_portald;
GRANT DELETE ON parts TO postern_maild;

CREATE FUNCTION unsealing_claim(worker text, lease interval)
RETURNS TABLE (tenant_id uuid, inbound_id uuid, tries integer)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    UPDATE unsealings u
    SET claimed_by = worker, claimed_until = now() + lease, tries = u.tries + 1
    FROM (SELECT n.tenant_id, n.inbound_id FROM unsealings n
          WHERE n.state = 'new' AND n.next_at <= now()
            AND (n.claimed_until IS NULL OR n.claimed_until < now() OR n.claimed_by = worker)
          ORDER BY n.again, n.created_at
          LIMIT 1 FOR UPDATE SKIP LOCKED) AS next
    WHERE u.tenant_id = next.tenant_id AND u.inbound_id = next.inbound_id
    RETURNING u.tenant_id, u.inbound_id, u.tries
$$;
COMMENT ON FUNCTION unsealing_claim IS 'Take the oldest protected mail that nobody looks at, as inbound_claim does';

CREATE FUNCTION unsealing_release(worker text, forgive boolean) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH released AS (
        UPDATE unsealings SET claimed_by = NULL, claimed_until = NULL,
               tries = tries - CASE WHEN forgive AND tries > 0 THEN 1 ELSE 0 END
        WHERE state = 'new' AND claimed_by = worker RETURNING 1)
    SELECT count(*) FROM released
$$;
COMMENT ON FUNCTION unsealing_release IS 'A worker starts: what its dead predecessor held is free again';

CREATE FUNCTION crypto_document(crypto jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$
    SELECT CASE WHEN crypto IS NOT NULL THEN jsonb_build_object(
        'protocol', CASE crypto ->> 'protocol' WHEN 'smime' THEN 'S/MIME' ELSE 'OpenPGP' END,
        'in_part', NOT (crypto ->> 'whole')::boolean,
        'encrypted', (crypto ->> 'encrypted')::boolean,
        'decrypted', (crypto ->> 'decrypted')::boolean,
        'signed', (crypto ->> 'signed')::boolean,
        'signature_is', jsonb_build_object(
            'verified', false, 'mismatch', false, 'unknown', false, 'expired', false,
            'bad', false, 'unchecked', false)
            || CASE WHEN crypto ->> 'signature' IS NULL THEN '{}'
               ELSE jsonb_build_object(crypto ->> 'signature', true) END,
        'signer', crypto ->> 'signer', 'fingerprint', crypto ->> 'fingerprint',
        'problem', crypto ->> 'problem') END
$$;
COMMENT ON FUNCTION crypto_document IS 'messages.crypto as templates, pages and the API show it';

CREATE FUNCTION crypto_text(crypto jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS
$$
    SELECT concat_ws('; ',
        CASE WHEN NOT (crypto ->> 'whole')::boolean THEN 'in part' END,
        CASE WHEN NOT (crypto ->> 'encrypted')::boolean THEN NULL
             WHEN (crypto ->> 'decrypted')::boolean THEN 'encrypted, decrypted'
             ELSE 'encrypted, not decrypted' END,
        'signature ' || nullif(concat_ws(', ', crypto ->> 'signature', crypto ->> 'signer'),
                               ''))
$$;
COMMENT ON FUNCTION crypto_text IS 'messages.crypto on one line, in English; NULL for a mail without';
