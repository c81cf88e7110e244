#!/usr/bin/env python3
"""
Decide a run of the policy workbench anew from its file, and compare every hash.

    python3 verify_run.py FOLDER

FOLDER holds what the file of a run holds. Needs Python 3.11 or later and nothing else; it imports
nothing of the market. It answers 0 if inputs, result and run hash agree, 1 with what differs.
"""

import csv
import hashlib
import heapq
import json
import pathlib
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

INPUTS = ("applications.csv", "charges.csv", "contracts.csv", "parties.csv")
SME_KINDS = {"SME", "TECHNOLOGY_SME", "SPECIALISED"}
GROUPS = ("district", "class", "size")
SUMS = ("asked_minor", "granted_minor", "base_minor", "used_minor")
CHANGES = ("gain", "lose", "same", "new", "shut_out")
NOTHING = Fraction(0)
Row = dict[str, Any]
Tallies = dict[tuple[str, str], list[int]]


def canonical(value: Any) -> bytes:
    """Return canonical JSON: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(data: bytes) -> str:
    """Return a SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def moment(text: str | None) -> Any:
    """Return a moment of the rules or of the inputs; a bare day begins in the market's zone."""
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=timezone(timedelta(hours=8)))


class Party:
    """An enterprise."""

    def __init__(self, row: dict[str, str]) -> None:
        self.key, self.uscc = row["key"], row["uscc"]
        self.region, self.industry, self.size = row["region"], row["industry"], row["size"]
        self.held: list[tuple[str, date, date]] = []
        for part in filter(None, row["certificates"].split(";")):
            kind, first, last = part.split(":")
            self.held.append((kind, date.fromisoformat(first), date.fromisoformat(last)))

    def kinds(self, day: date) -> set[str]:
        """Return the certificates that are valid on a day."""
        return {kind for kind, first, last in self.held if first <= day < last}

    def beneficiary(self, day: date) -> str:
        """Return the class on a day."""
        kinds = self.kinds(day)
        if "START_UP" in kinds:
            return "STARTUP"
        small = self.size and self.size != "LARGE"
        return "SME" if small or kinds & SME_KINDS else "STANDARD"


class Rules:
    """What a version says, in either format, as far as a run asks."""

    def __init__(self, code: str, data: Row) -> None:
        self.code, self.data, self.two = code, data, data.get("schema") == 2
        self.ex_post = data["mode"] == "EX_POST"
        caps = data["limits"] if self.two else data
        end = "_minor" if self.two else "_cap_minor"
        self.order_cap, self.year_cap = caps[f"per_order{end}"], caps[f"per_entity_year{end}"]
        self.programme_cap = caps["programme_minor"] if self.two else None
        order = data["limits"]["order"] if self.two else []
        self.order = order or ["PER_ORDER_CAP", "ENTITY_YEAR_CAP", "PROGRAMME_CAP"]
        self.windows = [
            (moment(w["opens"]), moment(w["closes"]), w["cap_minor"])
            for w in (data["windows"] if self.two else ())
        ]

    def clause(self, member: str) -> str:
        """Return the number of the clause of a member."""
        said = self.data.get("clauses", {}).get(member.partition(".")[0])
        return str(said["number"]) if said else ""

    def share(self, kinds: set[str], resource_class: str, form: str) -> Fraction | None:
        """Return the best share, or nothing."""
        if "COMPUTE" not in self.data["eligible_lines"]:
            return None
        if self.two:
            scope = self.data["scope"]
            for name, value in (("classes", resource_class), ("forms", form), ("origins", "")):
                if scope[name] is not None and value not in scope[name]:
                    return None
        found = [
            Fraction(rate["share"])
            for rate in self.data["rates"]
            if rate["beneficiary"] in {"ANY", *kinds}
            and rate["resource_class"] in ("ANY", resource_class)
            and rate.get("chip_origin", "ANY") in ("ANY", "")
        ]
        return max(found, default=None)

    def verdict(self, contract: Row, at: datetime, day: date) -> tuple[Fraction, str]:
        """Return a share and no reason, or no share and the reason."""
        buyer = contract["buyer"]
        reason = (self._why_2 if self.two else self._why_1)(contract, at, day)
        if reason:
            return NOTHING, reason
        share = self.share({buyer.beneficiary(day)}, contract["resource_class"], contract["form"])
        if share is not None:
            return share, ""
        return NOTHING, "no_rate" if "COMPUTE" in self.data["eligible_lines"] else "not_eligible"

    def _why_1(self, contract: Row, _at: datetime, day: date) -> str:
        data, buyer, supplier = self.data, contract["buyer"], contract["supplier"]
        signed_from, listed = moment(data["orders_from"]), data["suppliers"]
        if contract["is_related"] or buyer.key == supplier.key:
            return "related_party"
        if signed_from and contract["ordered_at"] < signed_from:
            return "order_too_early"
        if data["requires_sme_certificate"] and not buyer.kinds(day) & SME_KINDS:
            return "no_certificate"
        if listed is not None and supplier.uscc not in listed:
            return "supplier"
        if not self.is_rated(buyer.beneficiary(day), contract["resource_class"]):
            return "no_rate"
        return ""

    def is_rated(self, kind: str, resource_class: str) -> bool:
        """Return whether a rate of version 1 is there, whatever the lines."""
        return any(
            rate["beneficiary"] in ("ANY", kind)
            and rate["resource_class"] in ("ANY", resource_class)
            for rate in self.data["rates"]
        )

    def _why_2(self, contract: Row, at: datetime, day: date) -> str:
        buyer, supplier = contract["buyer"], contract["supplier"]
        asked = list(self.holder(buyer, day))
        scope, wants = self.data["scope"], self.data["suppliers"]
        asked.append(("scope.contracts", within(contract["ordered_at"], scope, "contracts")))
        asked.append(("scope.paid", within(at, scope, "paid")))
        same = buyer.key == supplier.key
        related = contract["is_related"] or same
        asked.append(("suppliers.unrelated", not (related if wants["unrelated"] else same)))
        if wants["listed"] is not None:
            asked.append(("suppliers.listed", supplier.uscc in wants["listed"]))
        others = [code for code in contract["supported_by"] if code != self.code]
        if others:
            stacking = self.data["stacking"]
            asked.append(("stacking.combines", stacking["combines"]))
            asked.append(("stacking.excludes", not set(others) & set(stacking["excludes"])))
        for wanted in (False, None):
            for member, met in asked:
                if met is wanted:
                    return member
        return ""

    def holder(self, buyer: Party, day: date) -> Iterator[tuple[str, bool | None]]:
        """Yield what is asked of a beneficiary; None is unknown."""
        who = self.data["beneficiaries"]
        if who["regions"] is not None:
            codes, region = who["regions"]["codes"], buyer.region
            near = (region, region[:4] + "00", region[:2] + "0000")
            yield "beneficiaries.regions", any(c in codes for c in near) if region else None
        if who["industries"] is not None:
            starts = buyer.industry.startswith(tuple(who["industries"]))
            yield "beneficiaries.industries", starts if buyer.industry else None
        if who["sizes"] is not None:
            yield "beneficiaries.sizes", buyer.size in who["sizes"] if buyer.size else None
        if who["classes"] is not None:
            yield "beneficiaries.classes", buyer.beneficiary(day) in who["classes"]
        if who["certificates"]:
            held = buyer.kinds(day)
            yield "beneficiaries.certificates", bool(held & set(who["certificates"]))

    def why_not_apply(self, party: Party, at: datetime, day: date) -> str:
        """Return the rule that an applicant does not meet."""
        if not self._takes(at):
            return "windows" if self.two else "applications_until"
        kind = party.beneficiary(day)
        if self.two:
            for member, met in self.holder(party, day):
                if met is not True:
                    return member
        elif self.data["requires_sme_certificate"] and not party.kinds(day) & SME_KINDS:
            return "requires_sme_certificate"
        rated = any(rate["beneficiary"] in ("ANY", kind) for rate in self.data["rates"])
        return "" if rated else "rates"

    def _takes(self, at: datetime) -> bool:
        if self.ex_post:
            return False
        if self.windows:
            return self.window(at) is not None
        if self.two:
            return True
        first, last = (moment(self.data[f"applications_{name}"]) for name in ("from", "until"))
        return (first is None or first <= at) and (last is None or at < last)

    def window(self, at: datetime) -> int | None:
        """Return the place of the window that is open."""
        for place, (opens, closes, _cap) in enumerate(self.windows):
            if (opens is None or opens <= at) and (closes is None or at < closes):
                return place
        return None


def within(at: datetime, scope: Row, name: str) -> bool:
    """Return whether a moment lies between two others, ends of which may be open."""
    first, last = moment(scope[f"{name}_from"]), moment(scope[f"{name}_until"])
    return (first is None or first <= at) and (last is None or at < last)


class Version:
    """A programme from an untouched budget on."""

    def __init__(self, rules: Rules, budget: int, basis: str) -> None:
        self.rules, self.budget = rules, budget
        self.by_trades = basis == "TRADES" or rules.ex_post
        self.pool = budget
        self.sums = dict.fromkeys(
            ("granted", "refused", "granted_minor", "used_minor", "base_minor", "expired_minor"), 0
        )
        self.months: Row = defaultdict(lambda: [0, 0, 0])
        self.parties: Row = defaultdict(lambda: {**dict.fromkeys(SUMS, 0), "reason": ""})
        self.refusals: Tallies = defaultdict(lambda: [0, 0, 0])
        self.cuts: Tallies = defaultdict(lambda: [0, 0, 0])
        self.control: Row = defaultdict(lambda: [set(), 0, 0])
        self.years: dict[tuple[str, int], int] = defaultdict(int)
        self.granted_years: dict[tuple[str, int], int] = defaultdict(int)
        self.contracts: dict[str, list[Any]] = {}
        self.purses: dict[str, list[list[Any]]] = defaultdict(list)
        self.ends: list[tuple[datetime, int, list[Any]]] = []
        self.windows = [cap for _opens, _closes, cap in rules.windows]
        self.exhausted = ""

    def apply(self, row: Row) -> None:
        """Decide an application."""
        if self.by_trades:
            return
        party, at, day, amount = row["party"], row["at"], row["day"], row["amount"]
        self.expire(at, day)
        of, rules = self.parties[party.key], self.rules
        of["asked_minor"] += amount
        reason = rules.why_not_apply(party, at, day) or self.why_no_money(party, at, day, amount)
        year, place = (party.key, day.year), rules.window(at)
        if reason:
            self.sums["refused"] += 1
            of["reason"] = of["reason"] or reason
            tally = self.refusals[reason, rules.clause(reason)]
            tally[0] += 1
            tally[2] += amount
            return
        purse = [at + timedelta(days=rules.data["validity_days"]), amount, False]
        self.purses[party.key].append(purse)
        self.sums["granted"] += 1
        heapq.heappush(self.ends, (purse[0], self.sums["granted"], purse))
        if place is not None and self.windows[place] is not None:
            self.windows[place] -= amount
        self.granted_years[year] += amount
        self.pool -= amount
        self.sums["granted_minor"] += amount
        of["granted_minor"] += amount
        self.months[str(day)[:7]][0] += amount

    def why_no_money(self, party: Party, at: datetime, day: date, amount: int) -> str:
        """Return which money does not reach for an application."""
        cap, place = self.rules.year_cap, self.rules.window(at)
        if cap is not None and self.granted_years[party.key, day.year] + amount > cap:
            return "limits.per_entity_year_minor"
        left = None if place is None else self.windows[place]
        if left is not None and amount > left:
            return "windows.cap_minor"
        if amount > self.pool:
            self.exhausted = self.exhausted or str(day)[:7]
            return "budget"
        return ""

    def expire(self, at: datetime, day: date) -> None:
        """Let what is over return."""
        while self.ends and self.ends[0][0] <= at:
            purse = heapq.heappop(self.ends)[2]
            self.sums["expired_minor"] += purse[1]
            self.pool += purse[1]
            self.months[str(day)[:7]][2] += purse[1]
            purse[1], purse[2] = 0, True

    def charge(self, row: Row) -> None:
        """Decide what is paid of a charge."""
        contract, at, day, gross = row["contract"], row["at"], row["day"], row["gross"]
        self.expire(at, day)
        buyer = contract["buyer"]
        share, reason = self.rules.verdict(contract, at, day)
        of, paid = self.parties[buyer.key], 0
        if reason:
            tally = self.refusals[reason, self.rules.clause(reason)]
            tally[1] += 1
            tally[2] += gross
            of["reason"] = of["reason"] or reason
            self.contracts.setdefault(contract["key"], [0, 0, 0, []])
        else:
            paid = self.pay(contract, buyer, share, day, gross)
            of["base_minor"] += gross
            of["used_minor"] += paid
            self.sums["base_minor"] += gross
            self.sums["used_minor"] += paid
            self.months[str(day)[:7]][1] += paid
        self.note(contract, gross, paid)

    def pay(self, contract: Row, buyer: Party, share: Fraction, day: date, gross: int) -> int:
        """Return what is paid of a charge; less than nothing if it gives back."""
        state = self.contracts.setdefault(contract["key"], [0, 0, 0, []])
        state[0] += gross
        target = int((share * max(0, state[0]) * 2 + 1) // 2)
        wanted, state[1] = target - state[1], target
        if wanted <= 0:
            paid = -self.give_back(state, min(-wanted, state[2]))
        else:
            paid = self.take(state, buyer.key, day, wanted)
        state[2] += paid
        self.years[buyer.key, day.year] += paid
        return paid

    def take(self, state: list[Any], key: str, day: date, wanted: int) -> int:
        """Return what limits leave."""
        caps = {
            "PER_ORDER_CAP": (self.rules.order_cap, state[2]),
            "ENTITY_YEAR_CAP": (self.rules.year_cap, self.years[key, day.year]),
            "PROGRAMME_CAP": (self.rules.programme_cap, self.sums["used_minor"]),
        }
        limits = [
            (name, caps[name][0] - caps[name][1])
            for name in self.rules.order
            if name in caps and caps[name][0] is not None
        ]
        if self.by_trades:
            limits.append(("BUDGET", self.pool))
        else:
            limits.append(("BALANCE", sum(purse[1] for purse in self.purses[key])))
        for name, left in limits:
            if left < wanted:
                clause = self.rules.clause("budget" if name == "BUDGET" else "limits")
                tally = self.cuts[name, clause]
                tally[1] += 1
                tally[2] += wanted - max(0, left)
                wanted = max(0, left)
                if name == "BUDGET":
                    self.exhausted = self.exhausted or str(day)[:7]
        if self.by_trades:
            self.pool -= wanted
            return wanted
        rest = wanted
        for purse in sorted(self.purses[key], key=lambda it: it[0]):
            part = min(purse[1], rest)
            if part:
                purse[1] -= part
                rest -= part
                state[3].append((purse, part))
        return wanted

    def give_back(self, state: list[Any], amount: int) -> int:
        """Return what goes back to who paid last."""
        if self.by_trades:
            self.pool += amount
            return amount
        left = amount
        while left:
            purse, part = state[3].pop()
            back = min(part, left)
            left -= back
            if part > back:
                state[3].append((purse, part - back))
            if purse[2]:
                self.pool += back
                self.sums["expired_minor"] += back
            else:
                purse[1] += back
        return amount

    def note(self, contract: Row, gross: int, paid: int) -> None:
        """Count what control names."""
        names = ["related_parties"] if contract["is_related"] else []
        if [code for code in contract["supported_by"] if code != self.rules.code]:
            names.append("double_support")
        names += [contract["case"]] * bool(contract["case"])
        for name in names:
            tally = self.control[name]
            tally[0].add(contract["key"])
            tally[1] += gross
            tally[2] += paid

    def plain(self, assumed: list[str], groups: Row) -> Row:
        """Return the sums as the result states them."""
        sums = self.sums
        return {
            **sums,
            "budget_minor": self.budget,
            "own_minor": sums["base_minor"] - sums["used_minor"],
            "held_minor": sum(purse[1] for its in self.purses.values() for purse in its),
            "left_minor": self.pool,
            "exhausted": self.exhausted,
            "supported": sum(1 for of in self.parties.values() if of["used_minor"] > 0),
            "assumed": assumed,
            "months": {
                month: {"granted_minor": g, "used_minor": u, "expired_minor": e}
                for month, (g, u, e) in self.months.items()
            },
            "refusals": tallies(self.refusals, "rule"),
            "cuts": tallies(self.cuts, "limit"),
            "control": [
                {"rule": name, "contracts": len(c), "base_minor": b, "paid_minor": p}
                for name, (c, b, p) in sorted(self.control.items())
            ],
            "groups": groups,
        }


def tallies(found: Tallies, called: str) -> list[Row]:
    """Return counts by name and clause."""
    return [
        {called: name, "clause": clause, "applications": a, "charges": c, "minor": m}
        for (name, clause), (a, c, m) in sorted(found.items())
    ]


def assumed_by(rules: Rules) -> list[str]:
    """Return what is asked that nobody can know."""
    if not rules.two:
        return []
    wants = rules.data["suppliers"]
    large = wants["pflops_min"] is not None or wants["racks_min"] is not None
    years = bool(rules.data["beneficiaries"]["clean_years"])
    return ["beneficiaries.clean_years"] * years + ["suppliers.size"] * large


def rows_of(folder: pathlib.Path, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one file."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def dated(row: dict[str, str]) -> Row:
    """Return the moment of a row, and its day."""
    return {"at": moment(row["at"]), "day": date.fromisoformat(row["day"])}


def inputs_of(folder: pathlib.Path) -> tuple[dict[str, Party], int, Iterator[Row]]:
    """Return parties, and applications and charges in the order of time."""
    parties = {row["key"]: Party(row) for row in rows_of(folder, "parties.csv")}
    contracts: Row = {}
    for row in rows_of(folder, "contracts.csv"):
        contracts[row["key"]] = row | {
            "buyer": parties[row["buyer"]],
            "supplier": parties[row["supplier"]],
            "ordered_at": moment(row["ordered_at"]),
            "is_related": row["is_related"] == "1",
            "supported_by": [code for code in row["supported_by"].split(";") if code],
        }
    applications = (
        dated(row) | {"party": parties[row["party"]], "amount": int(row["amount_minor"])}
        for row in rows_of(folder, "applications.csv")
    )
    charges = (
        dated(row) | {"contract": contracts[row["contract"]], "gross": int(row["gross_minor"])}
        for row in rows_of(folder, "charges.csv")
    )
    return parties, len(contracts), heapq.merge(applications, charges, key=lambda it: it["at"])


def groups_of(version: Version, touched: list[Party], on: date) -> Row:
    """Return the sums by district, class and size."""
    found: Row = {name: {} for name in GROUPS}
    empty = dict.fromkeys(SUMS, 0)
    for party in touched:
        of = version.parties.get(party.key, empty)
        said = (party.region, party.beneficiary(on), party.size)
        for name, value in zip(GROUPS, said, strict=True):
            group = found[name].setdefault(value, dict.fromkeys(("parties", "supported", *SUMS), 0))
            group["parties"] += 1
            group["supported"] += of["used_minor"] > 0
            for column in SUMS:
                group[column] += of[column]
    return found


def changes_of(touched: list[Party], after: Version, before: Version) -> Row:
    """Return who gains and who loses."""
    found = {name: {"parties": 0, "minor": 0} for name in CHANGES}
    for party in touched:
        new, old = (
            version.parties.get(party.key, {"used_minor": 0})["used_minor"]
            for version in (after, before)
        )
        change = new - old
        names = ["gain" if change > 0 else "lose" if change < 0 else "same"]
        names += ["new"] * (change > 0 and old <= 0) + ["shut_out"] * (change < 0 and new <= 0)
        for name in names:
            found[name]["parties"] += 1
            found[name]["minor"] += change
    return found


def line_of(party: Party, versions: dict[str, Version]) -> str:
    """Return what an enterprise comes to, as it stands in outcomes.csv."""
    nothing = {"used_minor": 0, "reason": ""}
    of = versions["after"].parties.get(party.key, nothing)
    reason = of["reason"] if of["used_minor"] <= 0 else ""
    before = versions.get("before")
    old = str(before.parties.get(party.key, nothing)["used_minor"]) if before else ""
    return f"{party.key},{of['used_minor']},{old},{reason}\n"


def decided(folder: pathlib.Path, run: Row, stated: Row) -> tuple[Row, str]:
    """Return the result, and the lines of the enterprises, decided anew."""
    terms = run["terms"]
    rules = Rules(terms["code"], terms["rules"])
    versions = {"after": Version(rules, terms["budget_minor"], terms["basis"])}
    if terms["base_rules"]:
        base = Rules(terms["code"], terms["base_rules"])
        versions["before"] = Version(base, terms["budget_minor"], terms["basis"])
    parties, contracts, tried = inputs_of(folder)
    counts = {"applications": 0, "charges": 0, "contracts": contracts, "parties": len(parties)}
    for row in tried:
        is_charge = "contract" in row
        counts["charges" if is_charge else "applications"] += 1
        for version in versions.values():
            (version.charge if is_charge else version.apply)(row)
    keys = sorted(set().union(*(version.parties for version in versions.values())))
    touched, on = [parties[key] for key in keys], date.fromisoformat(run["on"])
    text = "".join(line_of(party, versions) for party in touched)
    result = {
        "format": stated["format"],
        "engine": stated["engine"],
        "cover_rule": stated["cover_rule"],
        "counts": counts,
        "versions": {
            name: version.plain(assumed_by(version.rules), groups_of(version, touched, on))
            for name, version in versions.items()
        },
        "changes": changes_of(touched, *versions.values()) if "before" in versions else None,
        "parties_hash": digest(text.encode()),
    }
    return result, text


def say(line: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{line}\n")


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield where two results differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            yield from differences(one.get(name), other.get(name), f"{path}.{name}".lstrip("."))
    elif one != other:
        yield f"{path}: stated {one}, decided anew {other}"


def main() -> int:
    """Check a folder."""
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    stated = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    said = "".join(f"{name} {digest((folder / name).read_bytes())}\n" for name in INPUTS)
    result, outcomes = decided(folder, run, stated)
    wrong = list(differences(stated, result))
    if digest(said.encode()) != run["inputs_root"]:
        wrong.append("the inputs are not those that the run names")
    if (folder / "outcomes.csv").read_text(encoding="utf-8") != outcomes:
        wrong.append("outcomes.csv: enterprises come to other amounts")
    if digest(canonical(stated)) != run["result_hash"]:
        wrong.append("result.json is not the result that the run names")
    whole = {"inputs": run["inputs_root"], "terms": run["terms"], "result": run["result_hash"]}
    if digest(canonical(whole)) != run["run_hash"]:
        wrong.append("the run's hash is another one")
    for line in wrong[:40]:
        say(line)
    counts = result["counts"]
    say(f"{counts['applications']} applications and {counts['charges']} charges decided anew")
    say(f"run {run['run_hash']}: {'differs' if wrong else 'agrees'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
