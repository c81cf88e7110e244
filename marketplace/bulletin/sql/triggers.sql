-- What the room's tables refuse and do by themselves.

CREATE TRIGGER bulletin_dailyindex_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE
    ON bulletin_dailyindex
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
