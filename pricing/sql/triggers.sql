-- What the room's tables refuse and do by themselves.

CREATE TRIGGER quote_adds_up BEFORE INSERT ON pricing_quote
    FOR EACH ROW EXECUTE FUNCTION pricing_quote_adds_up();
CREATE TRIGGER quote_stays BEFORE UPDATE OR DELETE ON pricing_quote
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER quotes_stay BEFORE TRUNCATE ON pricing_quote
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();

-- The one thing that may happen to a version: its successor names when it ends.
CREATE TRIGGER version_belongs BEFORE INSERT ON pricing_rateplanversion
    FOR EACH ROW EXECUTE FUNCTION pricing_version_belongs();
CREATE TRIGGER version_only_ends BEFORE UPDATE ON pricing_rateplanversion
    FOR EACH ROW EXECUTE FUNCTION pricing_version_only_ends();
CREATE TRIGGER version_stays BEFORE DELETE ON pricing_rateplanversion
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER versions_stay BEFORE TRUNCATE ON pricing_rateplanversion
    FOR EACH STATEMENT EXECUTE FUNCTION suanpan_refuse_change();
