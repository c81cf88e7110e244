-- The raw readings of a month go once what was used with them is charged, settled and sealed.
CREATE TRIGGER settlement_keep_month BEFORE UPDATE OF removed_at ON metering_readingmonth
    FOR EACH ROW WHEN (OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL)
    EXECUTE FUNCTION settlement_keep_month();
