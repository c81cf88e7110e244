"""One table for every list: sorted and narrowed by the address, paged by key, written as a file."""

from marketplace.portal.tables.bound import BoundTable, answer_lists
from marketplace.portal.tables.columns import ListColumn, Phone, RowLink, Shows, Tag
from marketplace.portal.tables.declared import ListAct, ListTable, Quick
from marketplace.portal.tables.sources import Computed, Given, Queried

__all__ = [
    "BoundTable",
    "Computed",
    "Given",
    "ListAct",
    "ListColumn",
    "ListTable",
    "Phone",
    "Queried",
    "Quick",
    "RowLink",
    "Shows",
    "Tag",
    "answer_lists",
]
