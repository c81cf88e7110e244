-- The smallest identifier that is made from a moment on: its first 48 bits are milliseconds.
CREATE FUNCTION privacy_month_begins(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0')
    || repeat('0', 20))::uuid;
