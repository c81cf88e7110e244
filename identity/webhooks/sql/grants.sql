-- What the application never does to these tables is not granted to it. Deliveries are removed by
-- webhooks_forget alone, once they are over; tries and what is sent stay as they were written.

REVOKE EXECUTE ON FUNCTION webhooks_forget(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhooks_forget(timestamptz) TO suanpan_app;
REVOKE DELETE ON webhooks_endpoint, webhooks_secret, webhooks_delivery, webhooks_attempt,
    webhooks_reader FROM suanpan_app;
REVOKE UPDATE ON webhooks_endpoint, webhooks_secret, webhooks_delivery, webhooks_attempt,
    webhooks_reader FROM suanpan_app;
REVOKE INSERT ON webhooks_reader FROM suanpan_app;
GRANT UPDATE (url, description, event_prefixes, state, delivered_at, failures, failing_since,
    resting_until, disabled_at, disabled_for, replay_after, replay_before, removed_at)
    ON webhooks_endpoint TO suanpan_app;
GRANT UPDATE (locked, expires_at) ON webhooks_secret TO suanpan_app;
GRANT UPDATE (state, attempts, next_attempt_at, claim, claimed_until, ended_at, review_code,
    review_detail, review_since) ON webhooks_delivery TO suanpan_app;
GRANT UPDATE (cursor, run, run_until) ON webhooks_reader TO suanpan_app;
