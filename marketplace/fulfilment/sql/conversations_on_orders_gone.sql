-- The release before knows conversations about deliveries alone.
SELECT set_config('suanpan.tenant', '*', true);
ALTER TABLE fulfilment_deliverymessage
    DISABLE TRIGGER fulfilment_deliverymessage_is_append_only;
DELETE FROM fulfilment_deliverymessage WHERE delivery_id IS NULL;
ALTER TABLE fulfilment_deliverymessage
    ENABLE TRIGGER fulfilment_deliverymessage_is_append_only;
DELETE FROM fulfilment_deliverychange WHERE delivery_id IS NULL;
DELETE FROM fulfilment_talkread WHERE delivery_id IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
