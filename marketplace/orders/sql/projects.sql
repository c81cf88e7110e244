-- Whom and what an order is for is a part of the wish: it never changes, and is the buyer's own.
CREATE TRIGGER order_keeps_its_project BEFORE UPDATE OF project_id, placed_by_id ON orders_order
    FOR EACH ROW EXECUTE FUNCTION suanpan_refuse_change();
CREATE TRIGGER order_names_its_project BEFORE INSERT ON orders_order
    FOR EACH ROW WHEN (NEW.project_id IS NOT NULL)
    EXECUTE FUNCTION orders_project_is_the_buyers();
-- What a cancelled order took of caps goes back at once, by whatever way it was cancelled.
CREATE TRIGGER cancelled_gives_back AFTER UPDATE OF state ON orders_order
    FOR EACH ROW WHEN (OLD.state = 'CLEARED' AND NEW.state = 'CANCELLED')
    EXECUTE FUNCTION orders_cancelled_gives_back();
