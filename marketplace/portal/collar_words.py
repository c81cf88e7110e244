"""How price collars read."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.collar import price_text
from marketplace.catalog.contracts import Band, CollarBase
from marketplace.portal import names
from marketplace.portal.proposal_lines import Content, ProposalLine


def limits(low: Decimal | None, high: Decimal | None) -> str:
    """Return what a standard hour may cost, in words."""
    if low is None or high is None:
        return _("anything")
    return f"¥{price_text(low)} – ¥{price_text(high)}"


def band(of: Band) -> str:
    """Return a reference and the band around it."""
    if of.reference is None:
        return _("none: the collar ends")
    below, above = (percent(each) for each in (of.below_bp, of.above_bp))
    return f"¥{price_text(of.reference)}, −{below} +{above}"


def edges(of: Band) -> tuple[Decimal | None, Decimal | None]:
    """Return the least and the most that a band allows, as the database rounds them."""
    if of.reference is None:
        return None, None
    step = Decimal("0.000001")
    low = of.reference * (10_000 - of.below_bp) / 10_000
    high = of.reference * (10_000 + of.above_bp) / 10_000
    return low.quantize(step, "ROUND_HALF_UP"), high.quantize(step, "ROUND_HALF_UP")


def percent(bp: int) -> str:
    """Return hundredths of a per cent as per cent."""
    return f"{Decimal(bp) / 100:f}".rstrip("0").rstrip(".") + "%" if bp % 100 else f"{bp // 100}%"


def of_collar(content: Content, at: datetime) -> list[ProposalLine]:
    """Return what a proposed collar says, beside the one in force."""
    now = catalog_selectors.collar_in_force(book_id=content["book_id"], at=at)
    reference = content["reference"]
    of = Band(None)
    if reference is not None:
        of = Band(Decimal(reference), content["below_bp"], content["above_bp"])
    return [
        ProposalLine(_("Book"), names.traded_in(content["resource_class"], content["hub"])),
        ProposalLine(
            _("A standard hour may cost"),
            limits(*edges(of)),
            now=limits(now.low, now.high) if now else _("anything"),
        ),
        ProposalLine(_("Reference and band"), band(of)),
        ProposalLine(_("Moved by"), str(CollarBase(content.get("base", CollarBase.INDEX)).label)),
        ProposalLine(_("Holds from"), _("24 hours after it is approved")),
        ProposalLine(_("Reason that everybody reads"), content["reason"]),
    ]
