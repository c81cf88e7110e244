"""
A payment gateway to try payments with: it speaks as Stripe does, and no money moves.

It is a process of its own that knows nothing of the market, for development, tests and the
demonstration. Where real money might be near, it does not even load.
"""

import os
from typing import Final

ALLOWED: Final = "SUANPAN_TEST_GATEWAY"

if os.environ.get(ALLOWED) != "yes":
    message = f"the test gateway loads only where {ALLOWED}=yes says that no money is real"
    raise ImportError(message)
if os.environ.get("STRIPE_API_KEY", "").startswith(("sk_live_", "rk_live_")):
    message = "the test gateway does not load beside a live key"
    raise ImportError(message)
