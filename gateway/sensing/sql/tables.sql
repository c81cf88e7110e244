-- Rows that are written over every few seconds stay on their page.
ALTER TABLE sensing_sourcestate SET (fillfactor = 70);
REVOKE DELETE ON sensing_sourcestate, sensing_statehistory FROM suanpan_app;
