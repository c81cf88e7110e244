CREATE TRIGGER placed_in_collar AFTER INSERT ON orders_order REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION orders_price_in_collar();
CREATE TRIGGER cleared_in_collar AFTER UPDATE ON orders_order REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION orders_price_in_collar();
