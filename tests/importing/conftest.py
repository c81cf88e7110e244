from tests.catalog.conftest import platform
from tests.settlement.conftest import broker

__all__ = ["broker", "platform"]
