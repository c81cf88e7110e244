"""What a list declares once: its columns, filters, views and acts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.functional import Promise

from identity.contracts import Role
from identity.lists.contracts import SIZES
from marketplace.portal.tables.columns import FACTS_MAX, ListColumn, Phone

if TYPE_CHECKING:
    from marketplace.portal.access import PortalRequest
    from marketplace.portal.tables.bound import BoundTable
    from marketplace.portal.tables.sources import Source

Word = str | Promise
PICKS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Quick:
    """A tab above a list: some of its filters, under a name."""

    key: str
    label: Word
    query: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ListAct:
    """What can be done to several rows at once; each row is done, or refused with a sentence."""

    key: str
    label: Word
    run: Callable[["PortalRequest", Any], object]
    # What happens, told before it does; without it the act is done at once.
    told: Word = ""
    icon: str = ""
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTable:
    """One list of the portal."""

    name: str
    title: Word
    columns: tuple[ListColumn, ...]
    filters: Any = None  # a FilterSet of the room's, the same that its API uses
    shown_filters: tuple[str, ...] | None = None  # those that the page offers; None: all
    quick: tuple[Quick, ...] = ()
    acts: tuple[ListAct, ...] = ()
    order: str = ""  # the head that the list is sorted by unless asked; empty: as it comes
    tie: str = "id"
    size: int = 20
    tone: Callable[[Any], str] | None = None
    row_id: Callable[[Any], Any] | None = None
    row_label: Callable[[Any], Any] | None = None
    is_written: bool = True
    prefix: str = ""  # of a page's further lists: what tells their parts of the address apart

    known: ClassVar[dict[str, "ListTable"]] = {}

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        phone = [column.phone for column in self.columns]
        assert len(set(keys)) == len(keys), f"{self.name}: a column comes twice"
        assert phone.count(Phone.KEY) == 1, f"{self.name}: a card has one key"
        assert phone.count(Phone.STATE) <= 1, f"{self.name}: a card has one state"
        assert phone.count(Phone.FACT) <= FACTS_MAX, f"{self.name}: a card has four facts"
        assert self.size in SIZES, f"{self.name}: no page has {self.size} rows"
        assert self.known.setdefault(self.name, self) is self, f"{self.name}: two lists"

    def read(
        self,
        request: "PortalRequest",
        source: "Source",
        *,
        dress: Callable[[Sequence[Any]], Sequence[Any]] = list,
        path: str = "",
    ) -> "BoundTable":
        """Return the list as one request asks for it; `dress` reads what else its rows show."""
        from marketplace.portal.tables.bound import BoundTable

        return BoundTable(self, request, source, dress=dress, path=path or request.path)
