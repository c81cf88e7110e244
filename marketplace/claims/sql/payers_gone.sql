DROP TRIGGER claim_shares_add_up ON claims_claimshare;
DROP TRIGGER claim_share_is_paid_once ON claims_claimshare;
DROP TRIGGER claim_share_keeps_facts ON claims_claimshare;
