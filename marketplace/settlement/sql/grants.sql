-- What the application never does to these tables is not granted to it.

REVOKE DELETE ON settlement_chargingcursor, settlement_contract, settlement_contractfunds
    FROM suanpan_app;
REVOKE UPDATE, DELETE ON settlement_charge, settlement_feerule, settlement_traderecord
    FROM suanpan_app;
