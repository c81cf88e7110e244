-- The name of a reading for good: a digest of whose it is, its source and its id. The length of the
-- source keeps apart what reads the same when the two are joined.
CREATE FUNCTION metering_reading_name(provider uuid, source text, event_id text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN substr(encode(sha256(convert_to(
    provider::text || length(source)::text || ':' || source || event_id, 'UTF8')), 'hex'), 1, 32
)::uuid;
