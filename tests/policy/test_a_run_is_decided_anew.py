"""A run of the workbench: the same bytes each time, and a script of its own agrees to the fen."""

import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest

from marketplace.policy import bundle
from marketplace.policy.contracts import WorkbenchBasis
from marketplace.policy.deciding import VersionDecided
from marketplace.policy.services.running import try_inputs
from marketplace.policy.verdicts import Judge
from marketplace.vouchers import programme_rules, rules
from marketplace.vouchers.contracts import PayableLine, Purchase, Purse
from tests.factories import programme_rules as rules_1
from tests.policy.cast import inputs, strict_rules, wish
from tests.vouchers.published import rules_2

RULES = {
    "open": rules_2,
    "strict": strict_rules,
    "first format": rules_1,
    "afterwards": lambda: rules_2(mode="EX_POST"),
}


def tried(asked, folder, **sizes):
    path = folder / "run.zip"
    with bundle.writing(path) as file:
        found = try_inputs(inputs(asked, **sizes), file, progress=lambda rows: None)
    return path, found


def verified(path, folder):
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return subprocess.run(
        [sys.executable, "-I", str(folder / "verify_run.py"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("basis", list(WorkbenchBasis), ids=str)
@pytest.mark.parametrize("name", RULES)
def test_the_script_decides_the_same(tmp_path, name, basis):
    asked = wish(RULES[name](), rules_2(), basis=basis, budget_minor=30_000_000)

    path, (_root, result, _found, rows) = tried(asked, tmp_path)
    said = verified(path, tmp_path / "out")

    assert said.returncode == 0, said.stdout + said.stderr
    assert rows == 3_060
    assert result["versions"]["before"]["used_minor"] > 0


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    asked = wish(strict_rules(), rules_2(), basis=WorkbenchBasis.APPLICATIONS)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    one, _ = tried(asked, tmp_path / "one")
    two, _ = tried(asked, tmp_path / "two")

    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("name", ["charges.csv", "result.json", "outcomes.csv", "run.json"])
def test_one_digit_changed_is_noticed(tmp_path, name):
    path, _ = tried(wish(rules_2()), tmp_path, parties=5, rows=40)
    folder = tmp_path / "out"
    assert verified(path, folder).returncode == 0

    text = (folder / name).read_text()
    place = max(at for at, letter in enumerate(text) if letter in "123456789")
    changed = str(int(text[place]) - 1)
    (folder / name).write_text(text[:place] + changed + text[place + 1 :])
    said = subprocess.run(
        [sys.executable, "-I", str(folder / "verify_run.py"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert said.returncode != 0


def test_money_that_goes_in_is_all_accounted_for(tmp_path):
    for basis in WorkbenchBasis:
        asked = wish(strict_rules(), basis=basis, budget_minor=25_000_000)
        _path, (_root, result, found, _rows) = tried(asked, tmp_path)
        version = result["versions"]["after"]

        spent = version["used_minor"] + version["held_minor"] + version["left_minor"]
        assert spent == version["budget_minor"]
        assert sum(each.after_minor for each in found) == version["used_minor"]
        assert version["used_minor"] == sum(
            month["used_minor"] for month in version["months"].values()
        )
        for group in version["groups"].values():
            assert sum(each["used_minor"] for each in group.values()) == version["used_minor"]
    assert json.dumps(result)


@pytest.mark.parametrize("name", ["open", "first format", "capped"])
def test_one_charge_comes_to_what_an_order_of_its_amount_is_covered_with(name):
    data = rules_2(limits={"per_order_minor": 20_000}) if name == "capped" else RULES[name]()
    parsed = programme_rules.parse(data)
    judge = Judge("CITY", data, parsed)
    made = inputs(wish(data), parties=12, applications=0, rows=40)
    for charge in made.charges():
        version = VersionDecided(judge, budget_minor=10**12, basis=WorkbenchBasis.TRADES)
        version.charge(charge)
        buyer, at = charge.contract.buyer, charge.at
        held = buyer.held(charge.day)
        purchase = Purchase(
            order_id=UUID(int=1),
            holder_id=UUID(int=1),
            supplier_id=UUID(int=2),
            supplier_uscc=charge.contract.supplier.uscc,
            resource_class=charge.contract.resource_class,
            ordered_at=charge.contract.ordered_at,
            lines=(PayableLine("COMPUTE", charge.gross_minor),),
            holder_is_certified=bool({"SME", "TECHNOLOGY_SME"} & set(held)),
            is_related=charge.contract.is_related,
            form=charge.contract.form,
        )
        purse = Purse(
            voucher_id=UUID(int=3),
            number="V",
            programme_code="CITY",
            programme_version=1,
            rules=parsed,
            beneficiary=buyer.beneficiary(charge.day),
            valid_from=at,
            expires_at=at + timedelta(days=1),
            available_minor=10**12,
        )
        plan = rules.cover(purchase, [purse], at=at, entity_year_left={})
        assert version.used_minor == plan.total_minor
