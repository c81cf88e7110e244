"""Settings of the market's rooms: limits, waiting times, and where money comes and goes."""

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from config.environment import env

# --- Payouts -------------------------------------------------------------------------------
PAYOUTS_COOLING_HOURS = env.int("PAYOUTS_COOLING_HOURS", default=72)
PAYOUTS_THRESHOLD_MINOR = env.int("PAYOUTS_THRESHOLD_MINOR", default=100_00)
PAYOUTS_DEBTOR_NAME = env.str("PAYOUTS_DEBTOR_NAME", default="Suanpan")
PAYOUTS_DEBTOR_ACCOUNT = env.str("PAYOUTS_DEBTOR_ACCOUNT", default="")
PAYOUTS_DEBTOR_BANK_CODE = env.str("PAYOUTS_DEBTOR_BANK_CODE", default="")

# --- Statements ------------------------------------------------------------------------------
# How long after the end of a month its statements wait for what is late.
STATEMENTS_GRACE_HOURS = env.int("STATEMENTS_GRACE_HOURS", default=24)

# --- Vouchers and orders -----------------------------------------------------------------------
# Secrets that cities agreed on, by exchange: they blind the contracts that were supported.
VOUCHERS_EXCHANGE_SECRETS = env.json("VOUCHERS_EXCHANGE_SECRETS", default={})
VOUCHERS_SWEEP_BATCH_MAX = env.int("VOUCHERS_SWEEP_BATCH_MAX", default=500)
ORDERS_CLEARING_BATCH_MAX = env.int("ORDERS_CLEARING_BATCH_MAX", default=500)
# How long a round waits for orders that come at the same moment: they share its fixed cost.
ORDERS_CLEARING_WINDOW_MS = env.int("ORDERS_CLEARING_WINDOW_MS", default=30)
# How much one act may move, and all of a person or of the market on one of its days, in fen.
ORDERS_DEPOSIT_MINOR_MAX = env.int("ORDERS_DEPOSIT_MINOR_MAX", default=1_000_000_000_00)
ORDERS_DEPOSIT_PERSON_DAY_MINOR_MAX = env.int(
    "ORDERS_DEPOSIT_PERSON_DAY_MINOR_MAX", default=5_000_000_000_00
)
ORDERS_DEPOSIT_DAY_MINOR_MAX = env.int("ORDERS_DEPOSIT_DAY_MINOR_MAX", default=50_000_000_000_00)
VOUCHERS_BUDGET_MINOR_MAX = env.int("VOUCHERS_BUDGET_MINOR_MAX", default=5_000_000_000_00)
VOUCHERS_BUDGET_PERSON_DAY_MINOR_MAX = env.int(
    "VOUCHERS_BUDGET_PERSON_DAY_MINOR_MAX", default=10_000_000_000_00
)
VOUCHERS_BUDGET_DAY_MINOR_MAX = env.int("VOUCHERS_BUDGET_DAY_MINOR_MAX", default=50_000_000_000_00)
VOUCHERS_GRANT_MINOR_MAX = env.int("VOUCHERS_GRANT_MINOR_MAX", default=100_000_000_00)
VOUCHERS_GRANT_PERSON_DAY_MINOR_MAX = env.int(
    "VOUCHERS_GRANT_PERSON_DAY_MINOR_MAX", default=1_000_000_000_00
)
VOUCHERS_GRANT_DAY_MINOR_MAX = env.int("VOUCHERS_GRANT_DAY_MINOR_MAX", default=10_000_000_000_00)
# Orders that an organisation may place and cancel in a minute, unless an operator said otherwise.
ORDERS_PLACED_PER_MINUTE = env.int("ORDERS_PLACED_PER_MINUTE", default=6_000)
ORDERS_CANCELLED_PER_MINUTE = env.int("ORDERS_CANCELLED_PER_MINUTE", default=3_000)
# An order is said twice from this amount on, or where it is so many times what is usual for its
# buyer and costs as much as the last number, in fen.
ORDERS_REPEAT_FROM_MINOR = env.int("ORDERS_REPEAT_FROM_MINOR", default=1_000_000_00)
ORDERS_REPEAT_MULTIPLE = env.int("ORDERS_REPEAT_MULTIPLE", default=20)
ORDERS_REPEAT_NEVER_BELOW_MINOR = env.int("ORDERS_REPEAT_NEVER_BELOW_MINOR", default=10_000_00)
if min(ORDERS_PLACED_PER_MINUTE, ORDERS_CANCELLED_PER_MINUTE, ORDERS_REPEAT_MULTIPLE) < 1:
    message = "ORDERS_PLACED_PER_MINUTE, …CANCELLED_PER_MINUTE and …REPEAT_MULTIPLE are 1 or more"
    raise ImproperlyConfigured(message)
ORDERS_BOOKS_RUNG_MAX = env.int("ORDERS_BOOKS_RUNG_MAX", default=200)
# Relations of buyer and provider whose trades are refused; the others are flagged. Own ones always.
ORDERS_REFUSED_RELATIONS = env.list("ORDERS_REFUSED_RELATIONS", default=[])
if not {"RELATED", "SAME_PERSON"}.issuperset(ORDERS_REFUSED_RELATIONS):
    message = "ORDERS_REFUSED_RELATIONS names RELATED, SAME_PERSON, or both"
    raise ImproperlyConfigured(message)

# --- Payments ----------------------------------------------------------------------------------
# Without a key the market takes no cards; bank transfers need no gateway.
STRIPE_API_KEY = env.str("STRIPE_API_KEY", default="")
STRIPE_IS_LIVE = STRIPE_API_KEY.startswith(("sk_live_", "rk_live_"))
# The secrets that webhooks are signed by: several while one is being replaced.
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])
# The market's own account at Stripe, where its events name one.
STRIPE_ACCOUNT = env.str("STRIPE_ACCOUNT", default="")
# Another address than Stripe's: a test gateway. Never with a live key.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
if STRIPE_API_BASE and STRIPE_IS_LIVE:
    message = "STRIPE_API_BASE names a test gateway; with a live key there is none"
    raise ImproperlyConfigured(message)
PAYMENTS_RETURN_PATH = env.str("PAYMENTS_RETURN_PATH", default="/wallet/")
PAYMENTS_TOP_UP_MINOR_MIN = env.int("PAYMENTS_TOP_UP_MINOR_MIN", default=1_00)
PAYMENTS_TOP_UP_MINOR_MAX = env.int("PAYMENTS_TOP_UP_MINOR_MAX", default=50_000_00)
# How long a bank account has to be known before money goes back to it.
PAYMENTS_COOLING = timedelta(hours=env.int("PAYMENTS_COOLING_HOURS", default=24))
# Where buyers transfer to: shown beside their payment reference.
PAYMENTS_BANK_HOLDER = env.str("PAYMENTS_BANK_HOLDER", default="")
PAYMENTS_BANK_NAME = env.str("PAYMENTS_BANK_NAME", default="")
PAYMENTS_BANK_ACCOUNT = env.str("PAYMENTS_BANK_ACCOUNT", default="")
