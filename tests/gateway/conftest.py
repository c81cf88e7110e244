"""What the tests of the gateway share: a node with keys of its own."""

import pytest

from gateway import keys


@pytest.fixture
def key_folder(tmp_path, settings):
    """Give the node a folder of keys, which the test may spoil."""
    settings.GATEWAY_KEYS_DIR = str(tmp_path / "gateway")
    keys.make_missing()
    return tmp_path / "gateway"
