"""Who may read which figures."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from common import tenancy
from common.errors import Forbidden
from identity.contracts import Actor, Role
from metering.contracts import ComputePath, Density, Precision
from metering.statistics import selectors
from metering.statistics.contracts import Dimension, Grain, PowerCell, StatisticsCell
from metering.statistics.selectors import StatisticsQuestion

OVERSEERS: Final = (Role.OPERATOR, Role.AUDITOR)


def cells_for(
    actor: Actor | None, asked: StatisticsQuestion, *, now: datetime, own: bool = False
) -> list[StatisticsCell]:
    """
    Return figures as somebody may read them.

    Operators and auditors read all; a provider its own, by asking for them. Everybody else reads
    days and months of the whole market, small cells withheld.

    :raises Forbidden: if single providers or hours are asked for by somebody who may not
    """
    if actor is not None and actor.has_role(*OVERSEERS):
        with tenancy.acting_as_platform():
            return selectors.cells(asked, now=now)
    if own or asked.provider is not None:
        if actor is None or asked.provider not in (None, actor.organization_id):
            raise Forbidden
        with tenancy.acting_as(actor.organization_id):
            return selectors.cells(replace(asked, provider=actor.organization_id), now=now)
    if asked.by == Dimension.PROVIDER or asked.resource is not None or asked.span == Grain.HOUR:
        raise Forbidden
    with tenancy.acting_as_platform():
        return selectors.suppressed(selectors.cells(asked, now=now))


def capacity_for(
    actor: Actor | None,
    by: Dimension,
    *,
    precision: Precision,
    density: Density = Density.DENSE,
    path: ComputePath = ComputePath.TENSOR,
) -> list[PowerCell]:
    """
    Return capacity as somebody may read it; owners by operators and auditors alone.

    :raises Forbidden: if single owners are asked for by somebody who may not
    """
    is_public = actor is None or not actor.has_role(*OVERSEERS)
    if is_public and by == Dimension.PROVIDER:
        raise Forbidden
    with tenancy.acting_as_platform():
        return selectors.capacity_by(
            by, precision=precision, density=density, path=path, is_public=is_public
        )
