-- Trigger: a trade is reimbursed to who bought it, and by no programme whose vouchers paid of it.
CREATE FUNCTION claims_reimbursement_line_fits() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM settlement_traderecord AS trade, vouchers_programme AS programme
        WHERE trade.id = NEW.trade_record_id AND programme.id = NEW.programme_id
            AND trade.buyer_id = NEW.applicant_id AND trade.contract_id = NEW.contract_id
            AND (NEW.amount_minor = 0 OR NOT EXISTS (
                SELECT FROM settlement_traderecord AS any_of
                WHERE any_of.contract_id = NEW.contract_id
                    AND strpos(';' || any_of.assets, ';' || programme.asset || ':') > 0
            ))
    ) THEN
        RAISE EXCEPTION 'the trade is not reimbursed by this programme to this buyer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
