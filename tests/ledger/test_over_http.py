"""The ledger's API: what a member reads of it, and what anyone may check."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, override_settings

from common import tenancy
from identity.contracts import Role
from ledger import selectors, verify_ledger
from ledger import services as ledger
from ledger.contracts import AccountSpec, derived_id
from tests import cast
from tests.ledger.conftest import install_small_chart, move, seal_everything

V1 = "/api/v1/ledger"


@pytest.fixture
def buyer(db):
    """A buyer who paid 100.00 in and spent 30.00; yields a signed-in client."""
    install_small_chart()
    company = cast.organization("Haichao")
    ledger.open_accounts(specs=[AccountSpec("buyer", "CNY", "cash", company.pk)])
    at = datetime(2026, 11, 2, tzinfo=UTC)
    later = at + timedelta(days=1)
    ledger.post(
        transfers=[
            move("bank", "buyer", 10_000, "deposit", effective_at=at, id=derived_id(at)),
            move("buyer", "provider", 3_000, "order", effective_at=later, id=derived_id(later)),
        ]
    )
    return cast.signed_in(cast.member(company, Role.BUYER))


def test_a_buyer_reads_balance_statement_and_transfer(buyer):
    accounts = buyer.get(f"{V1}/accounts").json()
    statement = buyer.get(f"{V1}/accounts/buyer/statement?page_size=1").json()
    older = buyer.get(statement["next"]).json()
    newer = buyer.get(older["previous"]).json()

    assert accounts["results"] == [
        {
            "account": "buyer",
            "asset": "CNY",
            "kind": "cash",
            "posted": "70.00",
            "held": "0.00",
            "incoming": "0.00",
            "available": "70.00",
        }
    ]
    (line,) = statement["lines"]
    assert (line["change"], line["balance"]) == ("-30.00", "70.00")
    assert line["transfer"]["credit"] == "payable"
    assert (older["lines"][0]["balance"], older["next"]) == ("100.00", None)
    assert newer == statement
    transfer = buyer.get(f"{V1}/transfers/{line['transfer']['id']}").json()
    assert transfer == line["transfer"]


def test_a_trial_balance_of_ones_own(buyer):
    (line,) = buyer.get(f"{V1}/trial-balance").json()

    assert (line["kind"], line["debits"], line["credits"]) == ("cash", "30.00", "100.00")


@pytest.mark.parametrize(
    ("form", "media_type", "part"),
    [
        ("csv", "text/csv", "deposit"),
        ("hledger", "text/plain", "2026-11-02 * ("),
        ("beancount", "text/plain", "open Assets:Bank"),
    ],
)
def test_a_journal_is_a_file(buyer, form, media_type, part):
    reply = buyer.get(
        f"{V1}/journal?starts_at=2026-11-01T00:00Z&ends_at=2026-12-01T00:00Z&form={form}"
    )

    assert reply.status_code == 200
    assert reply["Content-Type"] == f"{media_type}; charset=utf-8"
    assert part in reply.content.decode()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/accounts/provider/statement", 404),
        ("/accounts/nobody/statement", 404),
        ("/accounts/buyer/statement?page_size=0", 400),
        ("/accounts/buyer/statement?page_size=1e3", 400),
        ("/accounts/buyer/statement?page=2", 400),
        ("/accounts/buyer/statement?form=xml", 400),
        ("/accounts?cursor=%00", 400),
        ("/accounts?cursor=WzAsMCxbImEiXV0:x", 400),
        ("/transfers/0190a6f0-0000-7000-8000-000000000000", 404),
        ("/transfers/0190a6f0-0000-7000-8000-000000000000/proof", 404),
        ("/journal", 400),
        ("/journal?starts_at=2026-11-01T00:00Z&ends_at=2026-11-01T00:00Z", 400),
        ("/journal?starts_at=tomorrow&ends_at=2026-11-01T00:00Z", 400),
        ("/consistency?old_size=0", 400),
        ("/consistency?old_size=7", 409),
        ("/checkpoint", 409),
    ],
)
def test_what_cannot_be_answered_is_refused(buyer, path, status):
    reply = buyer.get(V1 + path)

    assert reply.status_code == status
    assert reply["Content-Type"] == "application/problem+json"


@pytest.mark.slow
def test_anyone_checks_that_a_transfer_is_sealed_and_the_log_only_grew(
    committed_database, tmp_path
):
    with override_settings(LEDGER_KEYS_FILE=str(tmp_path / "keys")):
        install_small_chart()
        company = cast.organization("Haichao")
        ledger.open_accounts(specs=[AccountSpec("buyer", "CNY", "cash", company.pk)])
        deposit = move("bank", "buyer", 10_000, "deposit")
        ledger.post(transfers=[deposit])
        buyer = cast.signed_in(cast.member(company, Role.BUYER))
        assert buyer.get(f"{V1}/transfers/{deposit.id}/proof").status_code == 409
        seal_everything()
        first = verify_ledger.Checkpoint.parse(Client().get(f"{V1}/checkpoint").content.decode())
        ledger.post(
            transfers=[move("bank", "buyer", number, "deposit") for number in range(1, 400)]
        )
        seal_everything()

    proof = buyer.get(f"{V1}/transfers/{deposit.id}/proof").json()
    growth = Client().get(f"{V1}/consistency?old_size={first.size}").json()
    keys = [
        verify_ledger.parse_verifier_key(line)
        for line in Client().get(f"{V1}/keys").content.decode().splitlines()
    ]

    head = verify_ledger.Checkpoint.parse(proof["checkpoint"])
    assert head.signers(keys)
    leaf = verify_ledger.leaf_hash(proof["entry"].encode())
    hashes = [base64.b64decode(text) for text in proof["proof"]]
    assert str(deposit.id) in proof["entry"]
    assert verify_ledger.root_from_inclusion(leaf, proof["index"], head.size, hashes) == head.root
    steps = [base64.b64decode(text) for text in growth["proof"]]
    assert verify_ledger.is_consistent(first.size, head.size, steps, first.root, head.root)
    with tenancy.acting_as_platform():
        assert selectors.head().size == head.size
