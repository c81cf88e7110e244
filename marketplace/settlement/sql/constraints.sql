-- Lines explain a charge: pages, exports and the audit read them as they stand.
ALTER TABLE settlement_charge ADD CONSTRAINT charge_lines_explain CHECK (
    jsonb_typeof(lines) = 'array' AND jsonb_typeof(parts) = 'object'
    AND NOT jsonb_path_exists(lines, '$[*] ? (@.type() != "object" || !exists(@.component)
        || !exists(@.unit) || @.amount_minor.type() != "number")')
    AND NOT jsonb_path_exists(parts, '$.* ? (@.type() != "number")')
);
