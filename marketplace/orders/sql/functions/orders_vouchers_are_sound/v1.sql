-- Whether the vouchers that an order names are at most so many identifiers.
CREATE FUNCTION orders_vouchers_are_sound(vouchers jsonb, most integer) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF jsonb_typeof(vouchers) <> 'array' THEN
        RETURN false;
    END IF;
    RETURN jsonb_array_length(vouchers) <= most AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(vouchers) AS voucher
        WHERE jsonb_typeof(voucher) <> 'string'
            OR (voucher #>> '{}') !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    );
END $$;
