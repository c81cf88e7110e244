-- A moment as lines of the log write it.
CREATE FUNCTION ledger_moment(moment timestamptz) RETURNS text
LANGUAGE sql STABLE STRICT SET timezone = 'UTC'
RETURN to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
