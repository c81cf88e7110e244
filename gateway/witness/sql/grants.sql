-- Nobody forgets what was cosigned, nor the evidence against a log.
REVOKE DELETE, TRUNCATE ON witness_witnessedlog, witness_logconflict FROM suanpan_app;
