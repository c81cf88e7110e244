"""The ledger as a whole, and whether its debits equal its credits."""

from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render

from identity.contracts import Role
from ledger import selectors
from ledger.contracts import TrialLine
from marketplace.portal.access import PortalRequest, page


@dataclass(slots=True)
class AssetTotals:
    """The kinds of account of one asset, and their sums."""

    asset: str
    lines: list[TrialLine] = field(default_factory=list)

    @property
    def debits(self) -> int:
        """Return what all accounts of the asset were debited."""
        return sum(line.debits for line in self.lines)

    @property
    def credits(self) -> int:
        """Return what all accounts of the asset were credited."""
        return sum(line.credits for line in self.lines)

    @property
    def difference(self) -> int:
        """Return what cannot be explained: always nothing."""
        return self.debits - self.credits


@page(Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
def trial_balance(request: PortalRequest) -> HttpResponse:
    """Show the trial balance by asset and kind of account."""
    assets: dict[str, AssetTotals] = {}
    for line in selectors.trial_balance():
        assets.setdefault(line.asset, AssetTotals(line.asset)).lines.append(line)
    context = {
        "assets": list(assets.values()),
        "accounts": sum(line.accounts for each in assets.values() for line in each.lines),
        "is_balanced": all(each.difference == 0 for each in assets.values()),
    }
    return render(request, "portal/ledger.html", context)
