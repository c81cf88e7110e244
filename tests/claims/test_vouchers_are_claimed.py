"""What vouchers paid is claimed once, checked, reduced, returned, withdrawn, or paid."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from identity.contracts import Actor, Role, SecondPersonRequired
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.claims import evidence, selectors, services
from marketplace.claims.contracts import (
    AllStruck,
    BatchTaken,
    ClaimMoved,
    ClaimState,
    NothingToClaim,
    ReasonNeeded,
)
from marketplace.claims.models import ClaimLine, VoucherClaim
from metering.energy.services import count_due
from tests import cast
from tests.claims.cast import Claimed
from tests.settlement.cast import NOON, is_balanced

pytestmark = pytest.mark.django_db

ENERGY = "parts/energy.json"


@pytest.fixture
def claimed() -> Claimed:
    return Claimed()


def left(claimed: Claimed) -> tuple[int, int, int]:
    """Return what is captured, being claimed, and settled; an account that is not open is empty."""
    code, provider = claimed.code, claimed.provider.pk
    codes = [
        accounts.voucher_claim(code, provider),
        accounts.voucher_claimed(code, provider),
        accounts.voucher_budget(code),
    ]
    with tenancy.acting_as_platform():
        found = ledger.balances(codes)
    captured, claiming, settled = (found[each].posted if each in found else 0 for each in codes)
    return captured, claiming, settled


def lines(claim):
    with tenancy.acting_as_platform():
        return list(selectors.lines(claim.pk))


def of_side(claimed: Claimed, claim: VoucherClaim) -> VoucherClaim:
    actor = Actor(claimed.provider.pk, frozenset({Role.PROVIDER}), claimed.clerk.pk)
    return selectors.voucher_claim(claim.pk, actor)


def test_an_issuer_reads_no_claims_on_the_programmes_of_others(claimed):
    claim = claimed.submit()
    other = cast.organization("Other city")
    path = f"/api/v1/voucher-claims/{claim.pk}"
    seen = {}
    for name, owner, role in (
        ("issuer", claimed.programme.issuer, Role.ISSUER),
        ("provider", claimed.provider, Role.PROVIDER),
        ("other issuer", other, Role.ISSUER),
        ("other provider", other, Role.PROVIDER),
        ("auditor", other, Role.AUDITOR),
        ("finance", other, Role.FINANCE),
    ):
        browser = cast.signed_in(cast.member(owner, role))
        seen[name] = (
            len(browser.get("/api/v1/voucher-claims").json()["results"]),
            browser.get(path).status_code,
            browser.get(f"{path}/evidence").status_code,
        )

    yes, no = (1, 200, 200), (0, 404, 404)
    assert seen == {
        "issuer": yes,
        "provider": yes,
        "other issuer": no,
        "other provider": no,
        "auditor": yes,
        "finance": yes,
    }
    for state, count in (("SUBMITTED", 1), ("PAID", 0)):
        narrowed = browser.get(f"/api/v1/voucher-claims?state={state}").json()
        assert len(narrowed["results"]) == count


def test_a_batch_that_the_payer_has_grows_no_more(claimed):
    claim = claimed.submit()
    claimed.check(claim)
    claimed.instruct()
    services.return_claim(
        claim_id=claim.pk, reason="the bank sent it back", by=claimed.officers[1], now=NOON
    )
    claimed.check(claimed.submit())

    with pytest.raises(BatchTaken):
        claimed.instruct()


def test_a_claim_is_checked_paid_and_settled(claimed):
    before = left(claimed)
    claim = claimed.submit()
    assert left(claimed) == (0, 18_00, before[2])
    with pytest.raises(NothingToClaim):
        claimed.submit()

    claimed.check(claim)
    assert [each.pk for each in claimed.instruct()] == [claim.pk]
    assert claimed.instruct() == []
    with pytest.raises(SecondPersonRequired):
        claimed.confirm(claim, by=claimed.officers[0])
    paid = [claimed.confirm(claim) for _n in range(2)]

    assert {each.state for each in paid} == {ClaimState.PAID}
    assert left(claimed) == (0, 0, before[2] + 18_00)
    assert is_balanced()
    with pytest.raises(ClaimMoved):
        claimed.confirm(claim, payment_reference="PAY-2")
    with pytest.raises(NothingToClaim):
        claimed.submit()


def test_what_is_returned_or_withdrawn_can_be_claimed_anew(claimed):
    first = claimed.submit()
    with pytest.raises(ReasonNeeded):
        services.return_claim(claim_id=first.pk, reason=" ", by=claimed.officers[0], now=NOON)
    services.return_claim(claim_id=first.pk, reason="no", by=claimed.officers[0], now=NOON)
    second = claimed.submit()
    withdraw = {"provider_id": claimed.provider.pk, "person_id": claimed.clerk.pk}
    services.withdraw_claim(claim_id=second.pk, now=NOON, **withdraw)

    assert left(claimed)[:2] == (18_00, 0)
    with pytest.raises(ClaimMoved):
        services.withdraw_claim(claim_id=second.pk, now=NOON, **withdraw)
    assert claimed.submit().claimed_minor == 18_00


def test_a_claim_is_reduced_by_lines_with_a_reason(claimed):
    later = claimed.market.order(cards=8, hours=1, starts_at=NOON + timedelta(hours=2))
    claimed.market.use(later, "2", hour=2)
    claimed.market.settle()
    claim = claimed.submit()
    first, second = lines(claim)

    with pytest.raises(ReasonNeeded):
        claimed.check(claim, struck=[second.pk])
    with pytest.raises(AllStruck):
        claimed.check(claim, struck=[first.pk, second.pk], reason="all")
    checked = claimed.check(claim, struck=[second.pk], reason="no proof of delivery")

    assert checked.accepted_minor == claim.claimed_minor - second.amount_minor == 18_00
    assert claimed.submit().claimed_minor == second.amount_minor


def test_the_pack_proves_the_claim_by_its_own_script_and_a_change_is_found(claimed, tmp_path):
    claim = claimed.submit()
    with tenancy.acting_as_platform():
        content = evidence.packed(of_side(claimed, claim))
        assert evidence.packed(of_side(claimed, claim)) == content
    pack = zipfile.ZipFile(io.BytesIO(content))
    script = tmp_path / "verify_claim.py"
    script.write_bytes(pack.read("verify_claim.py"))
    whole, changed = tmp_path / "whole.zip", tmp_path / "changed.zip"
    whole.write_bytes(content)
    with zipfile.ZipFile(changed, "w") as other:
        for name in pack.namelist():
            text = pack.read(name).decode()
            other.writestr(name, text.replace("18.00", "19.00"))

    told = [
        subprocess.run(
            [sys.executable, "-I", script, each], capture_output=True, text=True, check=False
        )
        for each in (whole, changed)
    ]

    assert (told[0].returncode, told[1].returncode) == (0, 1), told[0].stdout + told[0].stderr
    assert "energy" in told[0].stdout
    assert "another amount" in told[1].stdout


def test_the_pack_holds_the_electricity_of_the_usage_that_is_claimed(claimed):
    claim = claimed.submit()
    with tenancy.acting_as_platform():
        count_due(now=NOON)
        pack = zipfile.ZipFile(io.BytesIO(evidence.packed(of_side(claimed, claim))))

    manifest, told = (json.loads(pack.read(each)) for each in ("manifest.json", ENERGY))
    assert "energy" not in manifest["missing"]
    (row,) = told
    assert (row["basis"], row["unknown_because"], row["it_kwh"]) == (
        "ESTIMATED",
        "",
        "2",
    )  # 5 h × 0.4 kW
    assert row["usage"] in pack.read("parts/readings.json").decode()


def test_the_database_pays_no_claim_twice(claimed):
    claim = claimed.submit()
    columns = (field.column for field in ClaimLine._meta.concrete_fields)
    names = ", ".join(each for each in columns if each != "id")
    for statement in (
        "UPDATE claims_voucherclaim SET state = 'PAID'",
        "UPDATE claims_voucherclaim SET state = 'CHECKED', accepted_minor = 1",
        "UPDATE claims_claimline SET amount_minor = 1",
        "DELETE FROM claims_claimline",
        f"INSERT INTO claims_claimline (id, {names}) SELECT gen_random_uuid(), {names}"
        " FROM claims_claimline",
    ):
        with (
            tenancy.acting_as_platform(),
            connection.cursor() as cursor,
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            cursor.execute(statement)
    assert claim.state == ClaimState.SUBMITTED
