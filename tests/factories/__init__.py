"""
What tests speak of, made as the market makes it: each factory calls the service that people call.

So nothing stands in a test that the market would have refused, and a rule that changes changes
here. What a test does not name is a plain figure that can be read off below; what it names of a
part is written with two underscores: `ListingFactory(resource__cards=16, version__price="2.00")`.
"""

from tests.factories.base import HOUR, NOW, ServiceFactory, fen, uscc
from tests.factories.identity import (
    AgentFactory,
    OrganizationFactory,
    PersonFactory,
    ResourceFactory,
    officer,
)
from tests.factories.supply import (
    ListingFactory,
    MeterFactory,
    RatePlanFactory,
    RatePlanVersionFactory,
    ReadingFactory,
    VcpuListingFactory,
)
from tests.factories.trade import (
    BuyerFactory,
    DepositFactory,
    OrderFactory,
    ProgrammeFactory,
    VoucherFactory,
    programme_rules,
)

__all__ = [
    "HOUR",
    "NOW",
    "AgentFactory",
    "BuyerFactory",
    "DepositFactory",
    "ListingFactory",
    "MeterFactory",
    "OrderFactory",
    "OrganizationFactory",
    "PersonFactory",
    "ProgrammeFactory",
    "RatePlanFactory",
    "RatePlanVersionFactory",
    "ReadingFactory",
    "ResourceFactory",
    "ServiceFactory",
    "VcpuListingFactory",
    "VoucherFactory",
    "fen",
    "officer",
    "programme_rules",
    "uscc",
]
