-- Whether something of a contract was given back by a dispute, or is decided to be, or by people.
CREATE FUNCTION assurance_gave_otherwise(given uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM assurance_tradedispute d
    WHERE d.contract_id = given AND d.awarded_minor > 0 AND d.state IN ('DECIDED', 'CLOSED')
) OR EXISTS (
    SELECT FROM settlement_adjustment a
    WHERE a.contract_id = given AND a.payee = 'BUYER' AND a.reason <> 'service_level'
);
$$;
