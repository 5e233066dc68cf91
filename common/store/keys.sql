-- Keys: OpenPGP keys and S/MIME certificates. The key_admin ones are for verbs, who
-- connect as the owner.

-- name: key_list_for_mail
-- $1 protocol, $2 queues it came to, $3 address of its sender, $4 most
SELECT k.kind, k.fingerprint, k.certificate, k.sealed_secret
FROM crypto_keys k
WHERE k.tenant_id = current_tenant() AND k.protocol = $1::text
  AND CASE k.kind
      WHEN 'secret' THEN k.queue_id IS NULL OR k.queue_id::text = ANY ($2::text[])
      WHEN 'person' THEN $3::text = ANY (k.addresses)
      ELSE true END
ORDER BY k.created_at DESC, k.id DESC LIMIT $4::integer

-- name: key_admin_put
-- $1 tenant, $2 id of a new row, $3 queue, $4 kind, $5 protocol, $6 fingerprint, $7 name,
-- $8 addresses, $9 expiry, $10 certificate, $11 sealed secret. A secret key stays one when
-- its public part comes again.
INSERT INTO crypto_keys (tenant_id, id, queue_id, kind, protocol, fingerprint, name,
                         addresses, expires_at, certificate, sealed_secret)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::text, $8::text[],
        $9::timestamptz, $10::bytea, $11::bytea)
ON CONFLICT (tenant_id, protocol, fingerprint) DO UPDATE
SET name = excluded.name, addresses = excluded.addresses, expires_at = excluded.expires_at,
    certificate = excluded.certificate,
    queue_id = CASE WHEN excluded.kind = 'secret' THEN excluded.queue_id
                    ELSE crypto_keys.queue_id END,
    kind = CASE WHEN crypto_keys.kind = 'secret' THEN 'secret' ELSE excluded.kind END,
    sealed_secret = coalesce(excluded.sealed_secret, crypto_keys.sealed_secret)
RETURNING xmax = 0

-- name: key_admin_try_again
-- $1 tenant, $2 kind of the new key, $3 protocol, $4 its addresses: mails that it may
-- open, or whose signature it may verify
UPDATE unsealings
SET state = 'new', again = true, tries = 0, next_at = now()
WHERE tenant_id = $1::uuid AND state = 'done' AND protocol = $3::text
  AND CASE $2::text WHEN 'secret' THEN lacks = 'secret'
      WHEN 'person' THEN lacks = 'person' AND sender = ANY ($4::text[])
      ELSE lacks = 'person' END

-- name: key_admin_list
-- $1 tenant or NULL for all
SELECT jsonb_build_object('keys', coalesce(jsonb_agg(jsonb_build_object(
    'tenant', t.name, 'kind', k.kind, 'protocol', k.protocol, 'fingerprint', k.fingerprint,
    'name', k.name, 'addresses', to_jsonb(k.addresses), 'queue', q.address,
    'expires_at', k.expires_at, 'expired', coalesce(k.expires_at < now(), false))
    ORDER BY t.name, k.kind DESC, k.name, k.fingerprint), '[]'))
FROM crypto_keys k
JOIN tenants t ON t.id = k.tenant_id
LEFT JOIN queues q ON q.tenant_id = k.tenant_id AND q.id = k.queue_id
WHERE $1::text IS NULL OR t.name = $1::text

-- name: key_admin_remove
-- $1 fingerprint, $2 tenant or NULL where only one has it
DELETE FROM crypto_keys k USING tenants t
WHERE t.id = k.tenant_id AND k.fingerprint = $1::text
  AND ($2::text IS NULL OR t.name = $2::text)
RETURNING t.name
