-- Takes back what owners.sql ties; the rows go with their tables.

ALTER TABLE webhooks_attempt DROP CONSTRAINT attempt_names_the_owner;
ALTER TABLE webhooks_delivery DROP CONSTRAINT delivery_names_the_owner;
ALTER TABLE webhooks_secret DROP CONSTRAINT webhook_secret_names_the_owner;
