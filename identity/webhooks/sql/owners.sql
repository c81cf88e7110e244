-- What belongs to an endpoint, or to a delivery, belongs to the same organisation.

ALTER TABLE webhooks_secret ADD CONSTRAINT webhook_secret_names_the_owner
    FOREIGN KEY (endpoint_id, organization_id)
    REFERENCES webhooks_endpoint (id, organization_id);
ALTER TABLE webhooks_delivery ADD CONSTRAINT delivery_names_the_owner
    FOREIGN KEY (endpoint_id, organization_id)
    REFERENCES webhooks_endpoint (id, organization_id);
ALTER TABLE webhooks_attempt ADD CONSTRAINT attempt_names_the_owner
    FOREIGN KEY (delivery_id, organization_id)
    REFERENCES webhooks_delivery (id, organization_id);

-- The first row reads the record of events; each is a place for one run that sends.
INSERT INTO webhooks_reader (id, cursor) SELECT place, '' FROM generate_series(1, 16) place;
