-- Totals, rating and state of a contract move, and its end as its buyer asked; nothing else does.
DROP TRIGGER contract_keeps_terms ON settlement_contract;
CREATE TRIGGER contract_keeps_terms BEFORE UPDATE ON settlement_contract
    FOR EACH ROW EXECUTE FUNCTION identity_keep_facts(
        'state', 'settled_at', 'watermark', 'is_behind', 'refusal_code', 'quantity',
        'standard_hours', 'rated_minor', 'gross_minor', 'voucher_minor', 'cash_minor',
        'fee_minor', 'beyond_quantity', 'review_code', 'review_detail', 'review_since',
        'ends_at', 'settles_at', 'rating'
    );
