"""The home of a voucher issuer: who waits too long, how much is left, where it goes."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.contracts import Actor
from marketplace.portal import drawing, figures, names
from marketplace.portal.homes import days
from marketplace.portal.homes.parts import (
    FirstStep,
    HomeAct,
    HomeChart,
    HomeFace,
    HomeFigure,
    Todo,
    WaitingCost,
)
from marketplace.portal.homes.shares import SHOWN_OF_A_KIND, SOON
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.selectors import ProgrammeSummary

# Working days within which an application is decided, as calendar days: a weekend lies between.
DECIDED_WITHIN: Final = timedelta(days=7)
NEARLY_EMPTY: Final = 10  # per cent of what was funded
BARS_MAX: Final = 8


class Issuer:
    """What one issuer's home is made of."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.now, self.id = now, actor.organization_id
        own = vouchers_selectors.programmes().filter(issuer_id=self.id)
        self.programmes = vouchers_selectors.summaries(own, at=now)
        self.to_decide = vouchers_selectors.applications_waiting(issuer_id=self.id)
        self.reach = vouchers_selectors.reached(issuer_id=self.id, now=now, until=now + SOON)

    # --- What waits ------------------------------------------------------------------------
    def todos(self) -> Iterator[Todo]:
        """Yield what waits for an issuer."""
        if self.to_decide.count:
            yield self._applications()
        for programme in self._nearly_empty()[:SHOWN_OF_A_KIND]:
            yield Todo(
                cost=WaitingCost.WILL_LOSE,
                icon="building-bank",
                title=_("Fund %(name)s") % {"name": names.named(programme)},
                means=_("%(left)s of %(funded)s are left; beyond that nothing can be approved.")
                % {
                    "left": figures.money(programme.pool_minor),
                    "funded": figures.money(programme.funded_minor),
                },
                act=_("Fund"),
                address=reverse("portal:programme-fund", args=[programme.id]),
            )
        if self.reach.expiring:
            yield self._expiring()

    def _applications(self) -> Todo:
        oldest = self.to_decide.oldest_at or self.now
        is_late = self.now - oldest > DECIDED_WITHIN
        count = self.to_decide.count
        return Todo(
            cost=WaitingCost.LOSING if is_late else WaitingCost.OTHERS_WAIT,
            icon="file-search",
            title=ngettext("Decide %(count)s application", "Decide %(count)s applications", count)
            % {"count": figures.grouped(count)},
            means=_("%(amount)s asked for. An applicant can not use what is not approved.")
            % {"amount": figures.money(self.to_decide.amount_minor)},
            act=_("Decide"),
            address=reverse("portal:programmes"),
            due_at=oldest + DECIDED_WITHIN,
        )

    def _expiring(self) -> Todo:
        count = self.reach.expiring
        return Todo(
            cost=WaitingCost.GOOD_TO_DO,
            icon="ticket",
            title=ngettext(
                "Remind the holder of %(count)s voucher",
                "Remind the holders of %(count)s vouchers",
                count,
            )
            % {"count": figures.grouped(count)},
            means=_("They expire within 30 days; what is left on them returns to the programme."),
            act=_("Programmes"),
            address=reverse("portal:programmes"),
            is_voucher=True,
        )

    def _nearly_empty(self) -> list[ProgrammeSummary]:
        return [
            each
            for each in self.programmes
            if each.takes_applications
            and each.funded_minor
            and each.pool_minor * 100 < each.funded_minor * NEARLY_EMPTY
        ]

    # --- What there is ---------------------------------------------------------------------
    def face(self) -> HomeFace:
        """Return what is left, what was issued and used, and to whom it went."""
        used = self._used()
        funded = sum(each.funded_minor for each in self.programmes)
        left = sum(each.pool_minor for each in self.programmes)
        redeemed = sum(used.values())
        band = [
            HomeFigure(
                label=_("Left in your programmes"),
                value=figures.money(left),
                note=_("of %(amount)s funded") % {"amount": figures.money(funded)},
                address=reverse("portal:programmes"),
                act=_("Programmes"),
            ),
            HomeFigure(
                label=_("Issued, not used yet"),
                value=figures.money(max(funded - left - redeemed, 0)),
                note=ngettext(
                    "%(count)s voucher expires within 30 days",
                    "%(count)s vouchers expire within 30 days",
                    self.reach.expiring,
                )
                % {"count": figures.grouped(self.reach.expiring)},
                is_voucher=True,
            ),
            HomeFigure(
                label=_("Used"),
                value=figures.money(redeemed),
                note=_("paid for compute that was measured"),
                is_voucher=True,
            ),
            HomeFigure(
                label=_("Reached"),
                value=figures.grouped(self.reach.holders),
                unit=ngettext("organisation", "organisations", self.reach.holders),
                note=ngettext(
                    "%(count)s application waits",
                    "%(count)s applications wait",
                    self.to_decide.count,
                )
                % {"count": figures.grouped(self.to_decide.count)},
            ),
        ]
        acts = [
            HomeAct(_("Programmes"), "building-bank", reverse("portal:programmes"), is_primary=True)
        ]
        return HomeFace(
            band=band,
            charts=[self._issued(), by_programme(self.programmes, used)],
            acts=acts,
            steps=self._steps(),
        )

    def _used(self) -> dict[str, int]:
        """Return what was captured of each programme, in minor units: from the ledger's totals."""
        return vouchers_selectors.captured(each.code for each in self.programmes)

    def _issued(self) -> HomeChart:
        since = days.month_start(self.now)
        issued = dict(vouchers_selectors.issued_days(issuer_id=self.id, since=since))
        return days.money_chart(
            _("Issued a day"),
            [(day, issued.get(day, 0)) for day in days.span(since, self.now)],
            empty=_("No voucher was issued in this time."),
        )

    def _steps(self) -> list[FirstStep]:
        if any(each.issued_minor for each in self.programmes):
            return []
        funded = any(each.funded_minor for each in self.programmes)
        page = reverse("portal:programmes")
        return [
            FirstStep(
                _("Publish a programme"),
                _("Its rules say who is paid which share, and until when."),
                page,
                bool(self.programmes),
            ),
            FirstStep(
                _("Fund it"),
                _("A large amount takes a second person."),
                page,
                funded,
            ),
            FirstStep(
                _("Decide the first application"),
                _("Approving issues the voucher at once."),
                reverse("portal:help-topic", args=["decide-applications"]),
                is_done=False,
            ),
        ]


def by_programme(programmes: Sequence[ProgrammeSummary], used: dict[str, int]) -> HomeChart:
    """Draw what became of each programme's money."""
    ranked = sorted(programmes, key=lambda each: -each.funded_minor)[:BARS_MAX]
    parts = {
        each.code: (
            used.get(each.code, 0),
            max(each.issued_minor - used.get(each.code, 0), 0),
            each.pool_minor,
        )
        for each in ranked
    }
    rows = [
        drawing.Row(
            names.named(each),
            [(str(place + 1), days.yuan(part)) for place, part in enumerate(parts[each.code])],
            figures.money(each.funded_minor),
        )
        for each in ranked
        if each.funded_minor
    ]
    return HomeChart(
        title=_("What became of it, by programme"),
        unit=_("used · issued, not used yet · left"),
        address=reverse("portal:programmes"),
        act=_("Programmes"),
        ranked=drawing.Ranked(rows) if rows else None,
        empty=_("No programme is funded yet."),
    )
