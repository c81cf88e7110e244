"""A node with keys, asked under one host."""

import pytest

from gateway import keys
from gateway.breaker import breaker


@pytest.fixture
def node_keys(tmp_path, settings):
    settings.GATEWAY_KEYS_DIR = str(tmp_path / "gateway")
    settings.PUBLIC_URL = "http://127.0.0.1"
    settings.ALLOWED_HOSTS = ["*"]
    settings.SUANPAN_NODE_KIND = "N"
    settings.SUANPAN_NODE_CODE = "N00000"
    keys.make_missing()
    breaker.reset()
    return "N00000"


@pytest.fixture
def node(node_keys, db):
    return node_keys
