-- Passwords that are guessed from where their person never was.

CREATE FUNCTION peer_network(peer text) RETURNS inet LANGUAGE plpgsql IMMUTABLE STRICT AS
$$
DECLARE
    address inet;
BEGIN
    address := regexp_replace(peer, '^::ffff:([0-9]+\.)', '\1')::inet;
    RETURN network(set_masklen(address, CASE family(address) WHEN 4 THEN 24 ELSE 48 END));
EXCEPTION WHEN invalid_text_representation THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION peer_network IS 'The network that an address is of: /24, /48; NULL where it is none';

CREATE INDEX audit_failures ON audit (tenant_id, created_at)
    WHERE kind IN ('password_wrong', 'code_wrong');

CREATE FUNCTION sign_in_failures(person uuid, digest text, peer text,
                                 OUT of_address bigint, OUT of_network bigint, OUT is_known boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT count(*) FILTER (WHERE a.detail ->> 'for' = $2),
           count(*) FILTER (WHERE peer_network(a.peer) = peer_network($3)),
           EXISTS (SELECT FROM audit k
                   WHERE k.tenant_id = current_tenant() AND k.person_id = $1
                     AND k.kind = 'sign_in' AND peer_network(k.peer) = peer_network($3))
    FROM audit a
    WHERE a.tenant_id = current_tenant() AND a.kind IN ('password_wrong', 'code_wrong')
      AND a.created_at > now() - interval '1 hour'
$$;
COMMENT ON FUNCTION sign_in_failures IS 'What was tried in vain in the last hour, for an address (as the digest that is on record) and from a network, and whether this person ever signed in from that network';
