-- A column's type changes only while no trigger and no policy names the column.
DROP TRIGGER application_is_decided_once ON vouchers_application;
DROP TRIGGER application_stays ON vouchers_application;
ALTER POLICY vouchers_application_insert ON vouchers_application WITH CHECK (
    (SELECT suanpan_tenant()) = '*' OR applicant_id::text = (SELECT suanpan_tenant())
);
