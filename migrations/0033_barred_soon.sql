-- How many were wrong is counted by address and by network, each along an index and no
-- further than matters: a spray of guesses from everywhere makes no sign-in slow.
DROP INDEX audit_failures;
CREATE INDEX audit_wrong_address ON audit (tenant_id, (detail ->> 'for'), created_at)
    WHERE kind IN ('password_wrong', 'code_wrong');
CREATE INDEX audit_wrong_network ON audit (tenant_id, peer_network(peer), created_at)
    WHERE kind IN ('password_wrong', 'code_wrong');

CREATE OR REPLACE FUNCTION sign_in_failures(person uuid, digest text, peer text,
                                            OUT of_address bigint, OUT of_network bigint,
                                            OUT is_known boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT (SELECT count(*) FROM (
                SELECT FROM audit a
                WHERE a.tenant_id = current_tenant() AND a.detail ->> 'for' = $2
                  AND a.kind IN ('password_wrong', 'code_wrong')
                  AND a.created_at > now() - interval '1 hour' LIMIT 1000) AS one),
           (SELECT count(*) FROM (
                SELECT FROM audit a
                WHERE a.tenant_id = current_tenant()
                  AND peer_network(a.peer) = peer_network($3)
                  AND a.kind IN ('password_wrong', 'code_wrong')
                  AND a.created_at > now() - interval '1 hour' LIMIT 1000) AS two),
           EXISTS (SELECT FROM audit k
                   WHERE k.tenant_id = current_tenant() AND k.person_id = $1
                     AND k.kind = 'sign_in' AND peer_network(k.peer) = peer_network($3))
$$;
