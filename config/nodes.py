"""Settings of the gateway: which node this is, and where its keys lie."""

import re

from django.core.exceptions import ImproperlyConfigured

from config.environment import STATE_DIR, env

# N national, R regional, I industry, P provider; empty: a market by itself, and its own root.
SUANPAN_NODE_KIND = env.str("SUANPAN_NODE_KIND", default="")
# Given by the national node, and signed into everything: it never changes.
SUANPAN_NODE_CODE = env.str("SUANPAN_NODE_CODE", default="N00000")
if SUANPAN_NODE_KIND not in {"", "N", "R", "I", "P"}:
    message = "SUANPAN_NODE_KIND is N, R, I, P or empty"
    raise ImproperlyConfigured(message)
if not re.fullmatch(r"[NRIP][0-9A-Z]{5}", SUANPAN_NODE_CODE) or (
    SUANPAN_NODE_KIND and SUANPAN_NODE_CODE[0] != SUANPAN_NODE_KIND
):
    message = "SUANPAN_NODE_CODE is the letter of SUANPAN_NODE_KIND and five of 0-9 and A-Z"
    raise ImproperlyConfigured(message)
# One file a purpose; web reads `answer` and `http` only, workers the others.
GATEWAY_KEYS_DIR = env.str("GATEWAY_KEYS_DIR", default=str(STATE_DIR / "keys" / "gateway"))

# --- Witnesses -------------------------------------------------------------------------------
# Whom this log asks to cosign, and which logs this node cosigns: a file (`witness-policy/1`).
WITNESS_POLICY_FILE = env.str("WITNESS_POLICY_FILE", default="")
# How far each log was cosigned, outside the database: a database that was put back is found by it.
WITNESS_HIGH_WATER_FILE = env.str(
    "WITNESS_HIGH_WATER_FILE", default=str(STATE_DIR / "keys" / "witness-high-water.json")
)
