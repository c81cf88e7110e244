-- What was said about a delivery was said about its order.
SELECT set_config('suanpan.tenant', '*', true);
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE fulfilment_deliverymessage
    DISABLE TRIGGER fulfilment_deliverymessage_is_append_only;
UPDATE fulfilment_deliverymessage t SET order_id = d.order_id, order_number = d.order_number
    FROM fulfilment_computedelivery d WHERE d.id = t.delivery_id;
ALTER TABLE fulfilment_deliverymessage
    ENABLE TRIGGER fulfilment_deliverymessage_is_append_only;
UPDATE fulfilment_deliverychange t SET order_id = d.order_id, order_number = d.order_number
    FROM fulfilment_computedelivery d WHERE d.id = t.delivery_id;
UPDATE fulfilment_talkread t SET order_id = d.order_id
    FROM fulfilment_computedelivery d WHERE d.id = t.delivery_id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
