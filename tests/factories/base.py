"""What all factories share."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory

from common import tenancy

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def uscc(number: int) -> str:
    """Return the valid code of an invented firm."""
    body = f"91310000MA{number:07d}"
    total = sum(
        _USCC_ALPHABET.index(character) * weight
        for character, weight in zip(body, _USCC_WEIGHTS, strict=True)
    )
    return body + _USCC_ALPHABET[(31 - total % 31) % 31]


def fen(amount: str) -> int:
    """Return an amount in yuan as whole fen."""
    return int(Decimal(amount) * 100)


class ServiceFactory(factory.Factory):
    """Hands its facts to a service, which the market itself calls."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type, *arguments: Any, **facts: Any) -> Any:
        with tenancy.acting_as_platform():
            return cls.make(**facts)

    @classmethod
    def make(cls, **facts: Any) -> Any:
        raise NotImplementedError
