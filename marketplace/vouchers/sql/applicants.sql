-- An organisation hands in its own application; all that follows is the platform's to write.
ALTER POLICY vouchers_application_insert ON vouchers_application WITH CHECK (
    ((SELECT suanpan_tenant()) = '*' OR applicant_id::text = (SELECT suanpan_tenant()))
    AND ((SELECT suanpan_tenant()) = '*' OR state = 'APPLIED')
);
