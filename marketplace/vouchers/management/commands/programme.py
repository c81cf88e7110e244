import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from common import clock, commands, tenancy
from common.errors import Refusal
from identity import selectors as identity_selectors
from marketplace.vouchers import (
    caps,
    drafting,
    places,
    programme_2,
    programme_rules,
    selectors,
    services,
    trying,
    worsening,
)
from marketplace.vouchers.contracts import ProgrammeNotFound, ProgrammeRules

FILE_MAX: Final = 4_000_000
SAMPLE_MINOR: Final = 10_000_000


class Command(commands.Command):
    """Read files of programmes: keep them as drafts, check, compare and try them."""

    help = (
        "Read programmes from a JSON file: one draft, a list of drafts, or entries of a public "
        "list. load keeps them as drafts of an issuer; check says what is wrong or missing, with "
        "line, member and clause; diff compares with the rules in force; simulate runs the worked "
        "examples. Exit 1 if something is wrong, 2 if the file cannot be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["load", "check", "diff", "simulate"])
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--issuer", help="load: the issuer's unified social credit code")

    def handle(self, **options: Any) -> None:
        file, text = options["file"], _text(options["file"])
        self._lines = places.lines_of(text)
        self._file = file.name
        drafts = drafting.envelopes(json.loads(text))
        wrong = [fault for path, each in drafts for fault in drafting.wrong(path, each)]
        for fault in wrong:
            self._say(fault.path, fault.problem)
        if wrong:
            message = f"{len(wrong)} mistakes in {file.name}; nothing was done."
            raise CommandError(message, returncode=1)
        act: dict[str, Callable[..., bool]] = {
            "load": self._load,
            "check": self._check,
            "diff": self._diff,
            "simulate": self._simulate,
        }
        done = [act[options["act"]](path, each, options) for path, each in drafts]
        if not all(done):
            raise CommandError("Not every programme is right.", returncode=1)

    def _say(self, path: str, told: str) -> None:
        line = places.line_of(self._lines, path)
        self.stdout.write(f"{self._file}:{line}: {path or 'file'}: {told}")

    def _load(self, _path: str, data: dict[str, Any], options: dict[str, Any]) -> bool:
        issuer = identity_selectors.organization_by_uscc(options["issuer"] or "")
        if issuer is None:
            message = "Name the issuer by its unified social credit code: --issuer CODE."
            raise CommandError(message, returncode=2)
        try:
            with tenancy.acting_as_platform():
                draft = services.save_draft(data, issuer_id=issuer.pk, now=clock.now())
        except Refusal as refusal:
            raise CommandError(f"{data['code']}: {refusal}", returncode=1) from refusal
        missing = len(programme_2.unpublishable(draft.rules))
        told = f"not publishable: {missing} members are missing" if missing else "publishable"
        self.stdout.write(f"{draft.code}: draft {draft.revision} kept, {told}.")
        return True

    def _check(self, path: str, data: dict[str, Any], _options: dict[str, Any]) -> bool:
        found = programme_2.unpublishable(data["rules"])
        for each in found:
            clause = f" ({each.clause})" if each.clause else ""
            where = f"{path}.rules.{each.path}".lstrip(".")
            self._say(where, f"not publishable, because {each.problem}{clause}")
        if not found:
            self.stdout.write(f"{data['code']}: publishable.")
        return not found

    def _diff(self, _path: str, data: dict[str, Any], _options: dict[str, Any]) -> bool:
        code, after = data["code"], data["rules"]
        try:
            with tenancy.acting_as_platform():
                version = selectors.version_of_code(code=code, at=clock.now())
        except ProgrammeNotFound:
            self.stdout.write(f"{code}: no rules are in force.")
            return True
        for line in _differences(version.rules, after):
            self.stdout.write(f"{code} v{version.version}: {line}")
        if not programme_2.unpublishable(after):
            parsed = programme_rules.parse(after)
            is_worse = worsening.is_worse(programme_rules.parse(version.rules), parsed)
            told = "worse for somebody: seven days' notice" if is_worse else "worse for nobody"
            self.stdout.write(f"{code}: {told}.")
        return True

    def _simulate(self, path: str, data: dict[str, Any], options: dict[str, Any]) -> bool:
        if not self._check(path, data, options):
            return False
        parsed = programme_rules.parse(data["rules"])
        tried = [trying.tried(parsed, each) for each in trying.read(data.get("examples", []))]
        for each in tried:
            verdict = "right" if each.is_right else "WRONG"
            told = f"expected {each.example.expected_minor}, got {each.got_minor}"
            self.stdout.write(f"{data['code']}: {verdict}: {each.example.title}: {told}")
        for told in _budget(parsed, at=clock.now()):
            self.stdout.write(f"{data['code']}: {told}")
        usual = trying.usual(parsed, at=clock.now(), amount_minor=SAMPLE_MINOR)
        got = trying.tried(parsed, usual).got_minor
        self.stdout.write(f"{data['code']}: who meets every rule gets {got} of {SAMPLE_MINOR} fen.")
        return all(each.is_right for each in tried)


def _budget(parsed: ProgrammeRules, *, at: datetime) -> Iterator[str]:
    """Yield each part of the budget, and whether something can be granted now."""
    budget = () if parsed.terms is None else parsed.terms.budget
    for part in sorted(budget, key=lambda it: (caps.opens_on(it), it.quarter or 0)):
        name = f"{part.year} Q{part.quarter}" if part.quarter else str(part.year)
        yield f"budget of {name}: {part.amount_minor} fen, opens on {caps.opens_on(part)}"
    if budget and not caps.has_budget(parsed, at=at):
        later = caps.next_part(parsed, at=at)
        opens = f"the next part opens on {caps.opens_on(later)}" if later else "none follows"
        yield f"grants nothing now: {opens}"


def _text(file: Path) -> str:
    """Return a JSON text that can be read, or say in one line why it cannot."""
    try:
        if file.stat().st_size > FILE_MAX:
            message = f"{file.name} is larger than {FILE_MAX} bytes."
            raise CommandError(message, returncode=2)
        text = file.read_text(encoding="utf-8")
        json.loads(text)
    except json.JSONDecodeError as error:
        message = f"{file.name}:{error.lineno}: no JSON: {error.msg}"
        raise CommandError(message, returncode=2) from error
    except RecursionError as error:
        message = f"{file.name}: nested too deep"
        raise CommandError(message, returncode=2) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(commands.describe_error(error), returncode=2) from error
    return text


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in trying.members_changed(before, after):
        was, now = (
            json.dumps(each.get(name), ensure_ascii=False, sort_keys=True)
            for each in (before, after)
        )
        yield f"{name}: {was} -> {now}"
