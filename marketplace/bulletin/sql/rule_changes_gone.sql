DROP VIEW bulletin_rulechange;
