DROP TRIGGER held_file_stays ON files_storedfile;
DROP TRIGGER held_notice_stays ON notices_notice;
DROP TRIGGER held_reply_stays ON identity_idempotencyrecord;
DROP TRIGGER held_delivery_stays ON webhooks_delivery;
DROP TRIGGER hold_as_agreed ON privacy_hold;
DROP TRIGGER hold_stays ON privacy_hold;
