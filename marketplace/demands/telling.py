"""How this room tells the record of events."""

from identity.events import services as events
from marketplace.demands.event_names import DEMAND, DemandEvent, SearchEvent
from marketplace.demands.models import PostedDemand, SavedSearch


def of_demand(name: DemandEvent, demand: PostedDemand, **facts: object) -> None:
    """Record what happened to a demand, for its buyer."""
    event = events.Event(
        name=name,
        object_kind=DEMAND,
        object_id=demand.pk,
        object_label=demand.number,
        concerns=[demand.buyer_id],
        facts=facts,
    )
    events.record([event])


def of_search(name: SearchEvent, search: SavedSearch, **facts: object) -> None:
    """Record what happened to a saved search, for whose it is."""
    event = events.Event(
        name=name,
        object_kind="saved_search",
        object_id=search.pk,
        object_label=search.name,
        concerns=[search.organization_id],
        facts=facts,
    )
    events.record([event])
