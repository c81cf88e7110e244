DROP TRIGGER claim_keeps_facts ON claims_voucherclaim;
DROP TRIGGER claim_keeps ON claims_voucherclaim;
DROP TRIGGER claim_line_keeps_facts ON claims_claimline;
GRANT DELETE ON claims_voucherclaim, claims_claimline TO suanpan_app;
