-- A digest of what a reading says, by which one is told from another of the same name, also when the
-- reading itself is gone.
CREATE FUNCTION metering_reading_digest(
    meter uuid, subject uuid, starts_at timestamptz, ends_at timestamptz, quantity numeric,
    unit text, state text
) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN substr(encode(sha256(convert_to(
    meter::text || coalesce(subject::text, '-')
    || (extract(epoch FROM starts_at) * 1000000)::bigint::text || '/'
    || (extract(epoch FROM ends_at) * 1000000)::bigint::text || '/'
    || trim_scale(quantity)::text || E'\t' || unit || E'\t' || state, 'UTF8')), 'hex'), 1, 32
)::uuid;
