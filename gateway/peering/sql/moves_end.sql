CREATE TRIGGER keyset_renews_moves AFTER INSERT ON gateway_statement
    FOR EACH ROW WHEN (NEW.type = 'keyset' AND NEW.issuer = NEW.subject AND NEW.sequence > 1)
    EXECUTE FUNCTION peering_note_renewals();
