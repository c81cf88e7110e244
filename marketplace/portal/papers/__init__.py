"""Papers: documents as PDF, set by Typst from plain values, in the reader's language."""

from marketplace.portal.papers.order import order_paper
from marketplace.portal.papers.setting import typeset

__all__ = ["order_paper", "typeset"]
