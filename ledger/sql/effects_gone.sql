DROP TABLE ledger_effect_page;
DROP TABLE ledger_effect_sum;
