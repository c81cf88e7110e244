-- Nonces count two minutes: a crash forgets them, and the clock then bounds what comes again.
ALTER TABLE gateway_nonce SET UNLOGGED;
ALTER TABLE gateway_bucket SET UNLOGGED;
ALTER TABLE gateway_bucket SET (fillfactor = 50);
ALTER TABLE gateway_link SET (fillfactor = 70);

CREATE TRIGGER statement_goes_up AFTER INSERT ON gateway_statement
    REFERENCING NEW TABLE AS signed
    FOR EACH STATEMENT EXECUTE FUNCTION peering_queue_statements();
CREATE TRIGGER peer_gets_all AFTER INSERT OR UPDATE OF pushes, state ON gateway_peer
    FOR EACH ROW EXECUTE FUNCTION peering_queue_all();
CREATE TRIGGER peer_keeps BEFORE UPDATE ON gateway_peer
    FOR EACH ROW EXECUTE FUNCTION peering_peer_keeps();
CREATE TRIGGER link_rises BEFORE UPDATE ON gateway_link
    FOR EACH ROW EXECUTE FUNCTION peering_link_rises();
CREATE TRIGGER listed_rises BEFORE UPDATE ON gateway_listed
    FOR EACH ROW EXECUTE FUNCTION peering_listed_rises();
CREATE TRIGGER outgoing_keeps BEFORE UPDATE ON gateway_outbox
    FOR EACH ROW EXECUTE FUNCTION peering_outgoing_keeps();
REVOKE DELETE ON gateway_peer, gateway_link, gateway_outbox FROM suanpan_app;
CREATE TRIGGER entry_status_is_told AFTER INSERT ON gateway_entry
    FOR EACH ROW WHEN (NEW.resource_id IS NOT NULL) EXECUTE FUNCTION peering_note_status();
CREATE TRIGGER entry_status_is_told_again AFTER UPDATE OF status ON gateway_entry
    FOR EACH ROW WHEN (NEW.resource_id IS NOT NULL AND OLD.status <> NEW.status)
    EXECUTE FUNCTION peering_note_status();
CREATE TRIGGER resource_status_is_told AFTER UPDATE OF status ON identity_computeresource
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION peering_note_standing();
CREATE TRIGGER owner_standing_is_told AFTER UPDATE OF suspended_at ON identity_organization
    FOR EACH ROW WHEN (OLD.suspended_at IS DISTINCT FROM NEW.suspended_at)
    EXECUTE FUNCTION peering_note_standing();
