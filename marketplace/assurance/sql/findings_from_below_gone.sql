SELECT set_config('suanpan.tenant', '*', true);
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE assurance_surveillancerule DISABLE TRIGGER USER;
DELETE FROM assurance_surveillancerule WHERE pattern IN ('paper_compute', 'challenge_failed');
ALTER TABLE assurance_surveillancerule ENABLE TRIGGER USER;
SET CONSTRAINTS ALL DEFERRED;
