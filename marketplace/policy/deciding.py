"""
One version of rules, decided on applications and charges one after the other. Pure.

What a contract gets follows its running total, so that parts add up and corrections give back: the
share of the total, rounded once, half up; then each limit in the order that the rules state.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import heappop, heappush
from typing import Any, Final

from marketplace.policy.contracts import WorkbenchBasis
from marketplace.policy.inputs import TriedApplication, TriedCharge, TriedContract
from marketplace.policy.verdicts import Judge, WorkbenchVerdict, expires
from marketplace.vouchers.contracts import ProgrammeRules
from marketplace.vouchers.terms import LimitKind

BUDGET: Final = "BUDGET"
BALANCE: Final = "BALANCE"
USUAL_ORDER: Final = (
    LimitKind.PER_ORDER_CAP,
    LimitKind.ENTITY_YEAR_CAP,
    LimitKind.PROGRAMME_CAP,
)


@dataclass(slots=True)
class Granted:
    """What one application was granted, and what is left of it."""

    expires_at: datetime
    left_minor: int
    is_over: bool = False


@dataclass(slots=True)
class Running:
    """A contract so far: what it was charged, what its share came to, what was paid of it."""

    verdict: WorkbenchVerdict
    base_minor: int = 0
    target_minor: int = 0
    paid_minor: int = 0
    drawn: list[tuple[Granted, int]] = field(default_factory=list)


@dataclass(slots=True)
class OfParty:
    """What one enterprise comes to."""

    asked_minor: int = 0
    granted_minor: int = 0
    base_minor: int = 0
    used_minor: int = 0
    reason: str = ""


@dataclass(slots=True)
class RuleTally:
    """How often something was so, and what it came to."""

    applications: int = 0
    charges: int = 0
    minor: int = 0


@dataclass(slots=True)
class ControlTally:
    """Trades that a rule of control names: what they came to, and what was paid of them."""

    contracts: set[str] = field(default_factory=set)
    base_minor: int = 0
    paid_minor: int = 0


class VersionDecided:
    """A programme under one version of its rules, from an untouched budget on."""

    def __init__(self, judge: Judge, *, budget_minor: int, basis: WorkbenchBasis | str) -> None:
        self.judge, self.budget_minor = judge, budget_minor
        # What is reimbursed afterwards knows no vouchers that somebody could apply for.
        self.by_trades = basis == WorkbenchBasis.TRADES or judge.is_ex_post
        self.pool_minor = budget_minor
        self.granted_minor = self.used_minor = self.expired_minor = self.base_minor = 0
        self.granted = self.refused = 0
        self.months: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self.parties: dict[str, OfParty] = defaultdict(OfParty)
        self.refusals: dict[tuple[str, str], RuleTally] = defaultdict(RuleTally)
        self.cuts: dict[tuple[str, str], RuleTally] = defaultdict(RuleTally)
        self.control: dict[str, ControlTally] = defaultdict(ControlTally)
        self.exhausted = ""
        self._running: dict[str, Running] = {}
        self._years: dict[tuple[str, int], int] = defaultdict(int)
        self._granted_years: dict[tuple[str, int], int] = defaultdict(int)
        self._purses: dict[str, list[Granted]] = defaultdict(list)
        self._ends: list[tuple[datetime, int, Granted]] = []
        terms = judge.parsed.terms
        self._windows = [each.cap_minor for each in terms.windows] if terms else []
        self._limits = _limits(judge.parsed)

    # --- Applications ------------------------------------------------------------------------
    def apply(self, asked: TriedApplication) -> None:
        """Decide an application: granted whole, or refused by a rule."""
        if self.by_trades:
            return
        self._expire(asked.at, asked.day)
        of = self.parties[asked.party.key]
        of.asked_minor += asked.amount_minor
        reason = self.judge.of_application(asked) or self._why_not(asked)
        if reason:
            self.refused += 1
            of.reason = of.reason or reason
            found = self.refusals[reason, self.judge.clause(reason)]
            found.applications += 1
            found.minor += asked.amount_minor
            if reason == "budget" and not self.exhausted:
                self.exhausted = f"{asked.day:%Y-%m}"
            return
        self._grant(asked, of)

    def _why_not(self, asked: TriedApplication) -> str:
        """Return which money does not reach for an application."""
        cap = self.judge.parsed.per_entity_year_cap_minor
        spent = self._granted_years[asked.party.key, asked.day.year]
        if cap is not None and spent + asked.amount_minor > cap:
            return "limits.per_entity_year_minor"
        place = self._window(asked.at)
        left = None if place is None else self._windows[place]
        if left is not None and asked.amount_minor > left:
            return "windows.cap_minor"
        return "budget" if asked.amount_minor > self.pool_minor else ""

    def _grant(self, asked: TriedApplication, of: OfParty) -> None:
        amount = asked.amount_minor
        purse = Granted(expires(asked.at, self.judge.parsed.validity_days), amount)
        self._purses[asked.party.key].append(purse)
        self.granted += 1
        heappush(self._ends, (purse.expires_at, self.granted, purse))
        place = self._window(asked.at)
        left = None if place is None else self._windows[place]
        if place is not None and left is not None:
            self._windows[place] = left - amount
        self._granted_years[asked.party.key, asked.day.year] += amount
        self.pool_minor -= amount
        self.granted_minor += amount
        of.granted_minor += amount
        self.months[f"{asked.day:%Y-%m}"][0] += amount

    def _window(self, at: datetime) -> int | None:
        terms = self.judge.parsed.terms
        for place, each in enumerate(terms.windows if terms else ()):
            if (each.opens is None or each.opens <= at) and (
                each.closes is None or at < each.closes
            ):
                return place
        return None

    def _expire(self, at: datetime, day: date) -> None:
        """Let what is over return to the pool."""
        while self._ends and self._ends[0][0] <= at:
            purse = heappop(self._ends)[2]
            purse.is_over = True
            self.expired_minor += purse.left_minor
            self.pool_minor += purse.left_minor
            self.months[f"{day:%Y-%m}"][2] += purse.left_minor
            purse.left_minor = 0

    # --- Charges -----------------------------------------------------------------------------
    def charge(self, charged: TriedCharge) -> None:
        """Decide what is paid of a charge."""
        contract, day = charged.contract, charged.day
        self._expire(charged.at, day)
        running = self._running.get(contract.key)
        if running is None or day >= running.verdict.until:
            verdict = self.judge.of_contract(contract, charged.at, day)
            running = self._running.setdefault(contract.key, Running(verdict))
            running.verdict = verdict
        of = self.parties[contract.buyer.key]
        if running.verdict.reason:
            found = self.refusals[running.verdict.reason, running.verdict.clause]
            found.charges += 1
            found.minor += charged.gross_minor
            of.reason = of.reason or running.verdict.reason
            paid = 0
        else:
            paid = self._pay(running, charged, of)
        if contract.is_related or contract.case or contract.supported_by:
            self._control(contract, charged.gross_minor, paid)

    def _pay(self, running: Running, charged: TriedCharge, of: OfParty) -> int:
        verdict = running.verdict
        running.base_minor += charged.gross_minor
        base = max(0, running.base_minor)
        top = 2 * verdict.numerator * base + verdict.denominator
        target = top // (2 * verdict.denominator)
        wanted, running.target_minor = target - running.target_minor, target
        if wanted > 0:
            paid = self._take(running, charged, wanted)
        else:
            paid = -self._give_back(running, min(-wanted, running.paid_minor))
        running.paid_minor += paid
        self._years[charged.contract.buyer.key, charged.day.year] += paid
        self.base_minor += charged.gross_minor
        self.used_minor += paid
        self.months[f"{charged.day:%Y-%m}"][1] += paid
        of.base_minor += charged.gross_minor
        of.used_minor += paid
        return paid

    def _take(self, running: Running, charged: TriedCharge, wanted: int) -> int:
        """Return what limits leave of an amount, and take it from whoever pays."""
        for name, left in self._left(running, charged):
            if left < wanted:
                found = self.cuts[name, self._cut_by(name)]
                found.charges += 1
                found.minor += wanted - max(0, left)
                wanted = max(0, left)
                if name == BUDGET and not self.exhausted:
                    self.exhausted = f"{charged.day:%Y-%m}"
        if self.by_trades:
            self.pool_minor -= wanted
        elif wanted:
            self._draw(running, charged.contract.buyer.key, wanted)
        return wanted

    def _left(self, running: Running, charged: TriedCharge) -> Iterator[tuple[str, int]]:
        key = charged.contract.buyer.key
        for name, cap in self._limits:
            if name == LimitKind.PER_ORDER_CAP:
                yield name, cap - running.paid_minor
            elif name == LimitKind.ENTITY_YEAR_CAP:
                yield name, cap - self._years[key, charged.day.year]
            else:
                yield name, cap - self.used_minor
        if self.by_trades:
            yield BUDGET, self.pool_minor
        else:
            yield BALANCE, sum(each.left_minor for each in self._purses[key])

    def _cut_by(self, name: str) -> str:
        return self.judge.clause("budget" if name == BUDGET else "limits")

    def _draw(self, running: Running, key: str, wanted: int) -> None:
        """Take from vouchers, the first that is over in front."""
        purses = self._purses[key]
        if purses[0].is_over or not purses[0].left_minor:
            purses[:] = [each for each in purses if each.left_minor]
        for purse in sorted(purses, key=_end):
            part = min(purse.left_minor, wanted)
            if part:
                purse.left_minor -= part
                running.drawn.append((purse, part))
                wanted -= part

    def _give_back(self, running: Running, amount: int) -> int:
        """Return what a correction gives back, to the vouchers that paid last."""
        if self.by_trades:
            self.pool_minor += amount
            return amount
        left = amount
        while left:
            purse, part = running.drawn.pop()
            back = min(part, left)
            left -= back
            if part > back:
                running.drawn.append((purse, part - back))
            if purse.is_over:
                self.pool_minor += back
                self.expired_minor += back
            else:
                purse.left_minor += back
        return amount

    def _control(self, contract: TriedContract, gross: int, paid: int) -> None:
        names = ["related_parties"] if contract.is_related else []
        if any(each != self.judge.code for each in contract.supported_by):
            names.append("double_support")
        if contract.case:
            names.append(contract.case)
        for name in names:
            found = self.control[name]
            found.contracts.add(contract.key)
            found.base_minor += gross
            found.paid_minor += paid

    # --- The end -----------------------------------------------------------------------------
    @property
    def held_minor(self) -> int:
        """Return what is on vouchers that are not over."""
        return sum(each.left_minor for its in self._purses.values() for each in its)

    def plain(self) -> dict[str, Any]:
        """Return the sums as they are stored and hashed."""
        return {
            "budget_minor": self.budget_minor,
            "granted": self.granted,
            "refused": self.refused,
            "granted_minor": self.granted_minor,
            "base_minor": self.base_minor,
            "used_minor": self.used_minor,
            "own_minor": self.base_minor - self.used_minor,
            "expired_minor": self.expired_minor,
            "held_minor": self.held_minor,
            "left_minor": self.pool_minor,
            "exhausted": self.exhausted,
            "supported": sum(1 for each in self.parties.values() if each.used_minor > 0),
            "assumed": self.judge.assumed,
            "months": {
                month: {"granted_minor": g, "used_minor": u, "expired_minor": e}
                for month, (g, u, e) in sorted(self.months.items())
            },
            "refusals": _tallies(self.refusals, "rule"),
            "cuts": _tallies(self.cuts, "limit"),
            "control": [
                {
                    "rule": name,
                    "contracts": len(found.contracts),
                    "base_minor": found.base_minor,
                    "paid_minor": found.paid_minor,
                }
                for name, found in sorted(self.control.items())
            ],
        }


def _end(purse: Granted) -> datetime:
    return purse.expires_at


def _limits(parsed: ProgrammeRules) -> list[tuple[str, int]]:
    """Return the caps that there are, in the order in which the rules say they cut."""
    terms = parsed.terms
    caps = {
        LimitKind.PER_ORDER_CAP: parsed.per_order_cap_minor,
        LimitKind.ENTITY_YEAR_CAP: parsed.per_entity_year_cap_minor,
        LimitKind.PROGRAMME_CAP: terms.limits.programme_minor if terms else None,
    }
    order = USUAL_ORDER if terms is None else [LimitKind(each) for each in terms.limits.order]
    return [(str(each), cap) for each in order if (cap := caps.get(each)) is not None]


def _tallies(found: dict[tuple[str, str], RuleTally], called: str) -> list[dict[str, Any]]:
    return [
        {
            called: name,
            "clause": clause,
            "applications": tally.applications,
            "charges": tally.charges,
            "minor": tally.minor,
        }
        for (name, clause), tally in sorted(found.items())
    ]
