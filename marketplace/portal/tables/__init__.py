"""One table for every list: sorted and narrowed by the address, paged by key, written as a file."""

from marketplace.portal.tables.bound import BoundTable
from marketplace.portal.tables.columns import ListColumn, Phone, Shows, Tag
from marketplace.portal.tables.declared import Act, ListTable, Quick
from marketplace.portal.tables.sources import Given, Queried

__all__ = [
    "Act",
    "BoundTable",
    "Given",
    "ListColumn",
    "ListTable",
    "Phone",
    "Queried",
    "Quick",
    "Shows",
    "Tag",
]
