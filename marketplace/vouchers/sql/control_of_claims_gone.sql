SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE vouchers_controlrule DISABLE TRIGGER vouchers_controlrule_is_append_only;
SELECT set_config('suanpan.tenant', '*', true);
DELETE FROM vouchers_controlrule
WHERE code IN ('wash_trades', 'unsigned_readings', 'power_not_measured');
ALTER TABLE vouchers_controlrule ENABLE TRIGGER vouchers_controlrule_is_append_only;
SELECT set_config('suanpan.tenant', '', true);
