-- An order names an import of its own buyer.
ALTER TABLE orders_importrun ADD CONSTRAINT import_and_organization UNIQUE (id, organization_id);
ALTER TABLE orders_order ADD CONSTRAINT order_import_is_its_buyers
    FOREIGN KEY (import_run_id, buyer_id) REFERENCES orders_importrun (id, organization_id);
