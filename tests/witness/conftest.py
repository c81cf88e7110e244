"""A witness with a key of its own and a policy that names one log."""

import pytest

from gateway import keys
from tests.witness.cast import Log, policy_file


@pytest.fixture
def log(tmp_path, settings) -> Log:
    settings.GATEWAY_KEYS_DIR = str(tmp_path / "keys")
    settings.WITNESS_HIGH_WATER_FILE = str(tmp_path / "high-water.json")
    settings.SUANPAN_NODE_CODE = "I65001"
    keys.make_missing()
    log = Log()
    settings.WITNESS_POLICY_FILE = policy_file(tmp_path / "policy.json", logs=[log.key])
    return log
