"""What every room recorded is in the sealed log: an edited document is named, and a missing one."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings

from common import tenancy
from common.canonical import content_hash
from common.ids import uuid7
from common.recorded import NIL
from identity.contracts import Role
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.events.contracts import Event
from ledger import documents as log
from ledger import packs, verification, verify_ledger
from ledger.contracts import Document
from marketplace.audit import documents, services
from marketplace.audit import verification as comparing
from marketplace.audit.contracts import ExportFormat, ExportKind, FilterNotKnown
from marketplace.audit.models import SealedCursor
from marketplace.bulletin import services as bulletin
from marketplace.orders.models import ClearingRound
from marketplace.settlement.models import Charge, TradeRecord
from metering.models import CapacityCertificate, UsageRecord
from tests import cast, databases, environment
from tests.audit.test_exports_are_built import actor, built, query, request, unpack, verify
from tests.ledger.conftest import seal_everything, tampered
from tests.settlement.cast import NOON, Market
from tests.statements import cast as billed

LATER = NOON + timedelta(days=2)


def bring_everything() -> int:
    """Run the sweeper until nothing is left; older transactions may hold it up a while."""
    count = 0
    for _ in range(3_000):
        count += sum(
            services.seal_documents(kind=kind, now=LATER)[0] for kind in documents.KINDS.values()
        )
        with tenancy.acting_as_platform():
            if not any(map(behind, documents.KINDS.values())):
                return count
        time.sleep(0.1)
    pytest.fail("another transaction of the cluster ran for five minutes")


def behind(kind) -> bool:
    cursor = SealedCursor.objects.filter(pk=kind.name).first()
    newest = kind.rows(None).order_by(f"-{kind.transaction}", "-id").first()
    if newest is None:
        return False
    place = (getattr(newest, kind.transaction), newest.pk)
    return cursor is None or (cursor.transaction, cursor.last_id or NIL) < place


def invited(organization) -> Event:
    return Event(
        name=IdentityEvent.MEMBER_INVITED,
        object_kind="organization",
        object_id=organization.pk,
        concerns=[organization.pk],
        facts={"role": "BUYER"},
    )


@pytest.fixture(scope="module")
def traded_once(django_db_setup, django_db_blocker, tmp_path_factory):
    keys = tmp_path_factory.mktemp("ledger") / "keys"
    with (
        django_db_blocker.unblock(),
        override_settings(LEDGER_KEYS_FILE=str(keys)),
        databases.made_once(everything_sealed) as again,
    ):
        yield again


def everything_sealed() -> Market:
    """A market in which all kinds of documents came to be, all of them sealed."""
    market = Market()
    for hours in ("0.7", "1.3"):
        market.use(market.order(cards=2), hours)
    market.settle()
    bulletin.publish_missing(now=LATER + timedelta(days=2))
    billed.issue(billed.buyer(market))
    with tenancy.acting_as_platform():
        events.record([invited(market.buyer)])
    bring_everything()
    seal_everything()
    return market


def superuser(statement: str) -> None:
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        assert admin.execute(statement).rowcount > 0


def faults() -> list[str]:
    """Return what is named of all kinds."""
    found = map(comparing.verify, documents.KINDS.values())
    return [fault for each in found for fault in each.faults]


def exported(kind: ExportKind, tmp_path, name: str = "bundle", who=None):
    export = built(request(who or actor(), of_today(kind)))
    return unpack(export, tmp_path / name)


def of_today(kind: ExportKind):
    """Ask for a month of records; events bear the time on the wall."""
    if kind is not ExportKind.EVENTS:
        return query(kind)
    now = datetime.now(UTC)
    return type(query())(kind=kind, starts_at=now - timedelta(days=1), ends_at=now + timedelta(1))


def one(model):
    with tenancy.acting_as_platform():
        return model.objects.order_by("pk").first()


def test_every_kind_is_brought_once_and_verifies(traded):
    with tenancy.acting_as_platform():
        rows = {name: kind.rows(None).count() for name, kind in documents.KINDS.items()}
        sealed = {name: sum(map(len, log.every(name))) for name in documents.KINDS}

    assert sealed == rows
    assert {name for name, count in rows.items() if not count} <= {
        "metering.certificate",
        "metering.window_decision",
        "settlement.empty_receipt",
    }
    assert bring_everything() == 0
    call_command("verify_documents")
    assert verification.verify().is_sound


@pytest.mark.parametrize("kind", [each for each in ExportKind if each is not ExportKind.LEDGER])
def test_an_export_proves_each_of_its_records(traded, tmp_path, kind):
    directory = exported(kind, tmp_path)

    done = verify(directory)

    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((directory / "manifest.json").read_text())
    sealed, rows = manifest["seal"]["sealed"], manifest["rows"]
    # That an export was asked for is an event, too.
    assert sealed == rows or (kind is ExportKind.EVENTS and 0 < sealed < rows)
    assert f"seal: {sealed} records sealed, {rows - sealed} not yet" in done.stdout


EDITS = {
    ExportKind.CHARGES: (
        "settlement.charge",
        Charge,
        "UPDATE settlement_charge SET {} WHERE id = '{}'",
        "remark = 'beyond_hold'",
    ),
    ExportKind.USAGE: (
        "metering.usage_record",
        UsageRecord,
        "UPDATE metering_usagerecord SET {} WHERE id = '{}'",
        "quantity = quantity + 1",
    ),
    ExportKind.ROUNDS: (
        "orders.round",
        ClearingRound,
        "UPDATE orders_clearinground SET {} WHERE id = '{}'",
        "snapshot = jsonb_set(snapshot, '{seed}', '\"other\"')",
    ),
}


@pytest.mark.parametrize("kind", EDITS)
def test_an_edited_document_is_named(traded, tmp_path, kind):
    name, model, statement, change = EDITS[kind]
    row = one(model)
    superuser(statement.format(change, row.pk))

    found = faults()
    done = verify(exported(kind, tmp_path))

    assert found == [f"{name} {row.pk}: was altered after it was sealed"]
    with pytest.raises(CommandError, match="1 documents"):
        call_command("verify_documents", "--kind", name)
    assert done.returncode == 1
    assert str(row.pk) in done.stdout


def test_a_charge_whose_hash_was_edited_along_is_named_by_its_seal(traded, tmp_path):
    """The export's own hash agrees with the row then; the sealed one does not."""
    charge = one(Charge)
    with tenancy.acting_as_platform():
        charge.lines = []
        content = documents.EXPORTED[ExportKind.CHARGES].content(charge)
    superuser(
        f"UPDATE settlement_charge SET lines = '[]', content_hash = '{content_hash(content)}'"
        f" WHERE id = '{charge.pk}'"
    )

    done = verify(exported(ExportKind.CHARGES, tmp_path))

    assert "ok      record hashes" in done.stdout
    assert f"altered since it was sealed: {charge.pk}" in done.stdout
    assert f"First altered record: {charge.pk}" in done.stdout


@pytest.mark.parametrize("kind", EDITS)
def test_a_missing_document_is_named(traded, tmp_path, kind):
    name, model, statement, _change = EDITS[kind]
    row = one(model)
    table = statement.split()[1]
    superuser(f"DELETE FROM {table} WHERE id = '{row.pk}'")

    done = verify(exported(kind, tmp_path))

    assert faults() == [f"{name} {row.pk}: is sealed, and missing"]
    assert done.returncode == 1
    assert f"sealed, and missing from the export: {row.pk}" in done.stdout


def test_a_document_that_was_never_brought_is_named(traded):
    """Whoever hides a row from the sweeper must give it a place that the sweeper has passed."""
    charge = one(Charge)
    superuser(f"DELETE FROM ledger_document WHERE reference = '{charge.pk}'")

    assert faults() == [f"settlement.charge {charge.pk}: was recorded, and is not sealed"]
    assert not verification.verify().is_sound


def test_a_seal_that_leaves_something_out_is_found_by_the_whole_log(traded, tmp_path):
    charge = one(Charge)
    superuser(f"DELETE FROM settlement_charge WHERE id = '{charge.pk}'")
    directory = exported(ExportKind.CHARGES, tmp_path)
    lines = (directory / "seal.txt").read_text().splitlines(keepends=True)
    (directory / "seal.txt").write_text(
        "".join(each for each in lines if str(charge.pk) not in each)
    )

    done = verify(directory)

    assert f"sealed, and missing from the seal: {charge.pk}" in done.stdout
    assert "seal.txt was altered" in done.stdout
    assert done.returncode == 1


def test_own_records_are_proven_and_nobody_elses_are_named(traded, tmp_path):
    stranger = Market()
    stranger.use(stranger.order(), "1")
    stranger.settle()
    bring_everything()
    seal_everything()
    who = actor(traded.provider, Role.PROVIDER)

    directory = exported(ExportKind.USAGE, tmp_path, who=who)

    done = verify(directory)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (directory / "seal.txt").read_text()
    with tenancy.acting_as_platform():
        mine = UsageRecord.objects.filter(provider=traded.provider).values_list("pk", flat=True)
        others = UsageRecord.objects.exclude(provider=traded.provider).values_list("pk", flat=True)
        assert all(str(key) in text for key in mine)
        assert not any(str(key) in text for key in others)
    assert "ok      seal: 2 records sealed" in done.stdout


def test_a_proof_leads_to_the_signed_root(traded):
    charge = one(Charge)

    proof = log.inclusion("settlement.charge", str(charge.pk))

    checkpoint = verify_ledger.Checkpoint.parse(proof.checkpoint)
    leaf = verify_ledger.leaf_hash(proof.entry.encode())
    root = verify_ledger.root_from_inclusion(leaf, proof.index, checkpoint.size, proof.proof)
    assert root == checkpoint.root
    assert proof.entry.split("\t")[5] == charge.content_hash


def test_the_offline_script_names_a_leaf_that_was_altered(traded, tmp_path):
    with tampered(
        environment.DATABASE,
        "ledger_document",
        "UPDATE ledger_document SET sha256 = sha256('other'::bytea) WHERE kind = 'orders.round'",
    ):
        found = verification.verify().faults
        packs.export(tmp_path / "pack.zip")
    result = verify_ledger.verify(verify_ledger.Pack(tmp_path / "pack.zip"), trusted=[], older=[])

    assert any("was altered: document\torders.round" in fault for fault in found)
    assert any("was altered: document\torders.round" in fault for fault in result["faults"])


# --- The sweeper -------------------------------------------------------------------------------
def test_a_run_that_dies_leaves_nothing_half_done(fresh_database, monkeypatch):
    market = Market()
    market.use(market.order(), "1")
    market.settle()
    kind = documents.EXPORTED[ExportKind.CHARGES]

    def die(**_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(log, "seal_documents", die)
        for _ in range(100):
            try:
                services.seal_documents(kind=kind, now=LATER)
            except SystemExit:
                break
            time.sleep(0.1)
    with tenancy.acting_as_platform():
        assert not any(log.every(kind.name))

    bring_everything()
    with tenancy.acting_as_platform():
        assert [len(page) for page in log.every(kind.name)] == [1]


def test_two_runs_at_once_bring_everything_once(fresh_database):
    market = Market()
    for _ in range(6):
        market.use(market.order(), "1")
    market.settle()
    kind = documents.EXPORTED[ExportKind.CHARGES]

    def run():
        for _ in range(20):
            services.seal_documents(kind=kind, now=LATER, limit=1)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bring_everything()

    with tenancy.acting_as_platform():
        sealed = [each.reference for page in log.every(kind.name) for each in page]
        assert sorted(sealed) == sorted(
            str(key) for key in Charge.objects.values_list("pk", flat=True)
        )


def certificate(moment, *, identifier=None) -> CapacityCertificate:
    provider, verifier = cast.organization("Provider"), cast.organization("Verifier")
    return CapacityCertificate(
        id=identifier or uuid7(),
        resource=cast.resource(provider),
        provider=provider,
        precision="FP16",
        density="DENSE",
        path="TENSOR",
        value="989",
        assessment="MEASURED",
        source="a test",
        verifier=verifier,
        verifier_person=cast.somebody(),
        valid_from=moment,
        valid_to=moment + timedelta(days=1),
        certified_at=moment,
    )


def test_what_a_slower_transaction_commits_later_is_not_passed_over(fresh_database):
    kind = documents.EXPORTED[ExportKind.CERTIFICATES]
    with tenancy.acting_as_platform():
        early, late = certificate(NOON), certificate(NOON)
    begun, may_commit = threading.Event(), threading.Event()

    def slow():
        with tenancy.acting_as_platform():
            early.save(force_insert=True)
            begun.set()
            may_commit.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(30)
    with tenancy.acting_as_platform():
        late.save(force_insert=True)
    services.seal_documents(kind=kind, now=LATER)
    with tenancy.acting_as_platform():
        seen_by_identifier = list(CapacityCertificate.objects.order_by("id"))
        brought = [each for page in log.every(kind.name) for each in page]
    # The negative control: who goes by the identifier has passed the slower one by now.
    assert [each.pk for each in seen_by_identifier] == [late.pk]
    assert early.pk < late.pk
    assert brought == []
    may_commit.set()
    thread.join()

    bring_everything()

    with tenancy.acting_as_platform():
        sealed = [each.reference for page in log.every(kind.name) for each in page]
    assert sorted(sealed) == sorted([str(early.pk), str(late.pk)])


def test_one_row_that_cannot_be_read_stops_no_other(traded, monkeypatch):
    kind = documents.EXPORTED[ExportKind.CERTIFICATES]
    with tenancy.acting_as_platform():
        rows = [certificate(NOON) for _ in range(3)]
        for row in rows:
            row.save(force_insert=True)
    broken = rows[1].pk

    def content(row):
        if row.pk == broken:
            message = "no such value"
            raise ValueError(message)
        return kind.content(row)

    patched = type(kind)(**{
        name: getattr(kind, name) for name in type(kind).__dataclass_fields__
    } | {"content": content})  # fmt: skip
    for _ in range(300):
        services.seal_documents(kind=patched, now=LATER)
        with tenancy.acting_as_platform():
            if not behind(kind):
                break
        time.sleep(0.1)

    with tenancy.acting_as_platform():
        cursor = SealedCursor.objects.get(pk=kind.name)
    assert (cursor.documents, cursor.unreadable) == (2, 1)
    assert faults() == [f"metering.certificate {broken}: was recorded, and is not sealed"]


# --- Walls -------------------------------------------------------------------------------------
def refused(statement: str, *values) -> None:
    with pytest.raises(DatabaseError), tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.django_db
def test_the_application_appends_documents_and_nothing_else():
    document = Document("test.kind", 1, "R-1", NOON, "ab" * 32)
    assert log.seal_documents(documents=[document, document]) == 1
    assert log.seal_documents(documents=[document]) == 0

    refused("UPDATE ledger_document SET reference = 'R-2'")
    refused("DELETE FROM ledger_document")
    refused("TRUNCATE ledger_document")
    insert = (
        "INSERT INTO ledger_document (kind, form, reference, at, sha256{})"
        " VALUES (%s, 1, %s, now(), %s{})"
    )
    plain = insert.format("", "")
    refused(insert.format(", xid", ", '1'"), "test.kind", "R-3", b"\1" * 32)
    refused(plain, "test kind", "R-3", b"\1" * 32)
    refused(plain, "test.kind", "two\twords", b"\1" * 32)
    refused(plain, "test.kind", "R-3", b"\1" * 31)
    stranger = cast.organization().pk
    with pytest.raises(DatabaseError), tenancy.acting_as(stranger), connection.cursor() as cursor:
        cursor.execute(plain, ["test.kind", "R-4", b"\1" * 32])


@pytest.mark.django_db
def test_nobody_records_in_another_transactions_name():
    with tenancy.acting_as_platform():
        forged = certificate(NOON)
        forged.recorded_in = 3
        with pytest.raises(DatabaseError), transaction.atomic():
            forged.save(force_insert=True)
        forged.recorded_in = CapacityCertificate._meta.get_field("recorded_in").get_default()
        forged.save(force_insert=True)


# --- Over HTTP ---------------------------------------------------------------------------------
def proof(who, kind: str, reference: str):
    client = Client()
    client.force_login(who)
    return client.get(f"/api/v1/documents/{kind}/{reference}")


def test_parties_and_auditors_read_the_proof_of_a_document(traded):
    usage, found = one(UsageRecord), one(ClearingRound)
    provider = cast.member(traded.provider, Role.PROVIDER)
    buyer = cast.member(traded.buyer, Role.BUYER)
    auditor = cast.member(cast.organization("Audit"), Role.AUDITOR)

    mine = proof(provider, "metering.usage_record", str(usage.pk))
    body = mine.json()

    assert mine.status_code == 200, body
    assert body["sha256"] == content_hash(body["content"])
    assert body["proof"]["entry"].split("\t")[5] == body["sha256"]
    assert proof(buyer, "metering.usage_record", str(usage.pk)).status_code == 404
    assert proof(provider, "orders.round", str(found.pk)).status_code == 404
    assert proof(auditor, "orders.round", str(found.pk)).status_code == 200
    trade = one(TradeRecord)
    assert proof(buyer, "settlement.trade_record", trade.number).status_code == 200


@pytest.mark.parametrize(
    ("kind", "reference", "code"),
    [
        ("settlement.coffee", "1", "document_kind_unknown"),
        ("settlement.charge", "no-identifier", "document_not_found"),
        ("settlement.charge", "01a21701-a12b-7e72-a0dc-4d5bc8292524", "document_not_found"),
        ("settlement.trade_record", "T-99999999", "document_not_found"),
        ("settlement.charge", "x" * 300, "document_not_found"),
    ],
)
@pytest.mark.django_db
def test_what_is_not_there_is_told_clearly(kind, reference, code):
    auditor = cast.member(cast.organization("Audit"), Role.AUDITOR)

    answer = proof(auditor, kind, reference)

    assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.django_db
def test_a_document_that_is_not_sealed_yet_says_so():
    with tenancy.acting_as_platform():
        row = certificate(NOON)
        row.save(force_insert=True)
    auditor = cast.member(cast.organization("Audit"), Role.AUDITOR)

    body = proof(auditor, "metering.certificate", str(row.pk)).json()

    assert body["proof"] is None
    assert body["sha256"] == content_hash(body["content"])


# --- Filters that a kind does not know ---------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "filters"),
    [
        (ExportKind.ROUNDS, {"party": "x"}),
        (ExportKind.USAGE, {"programme": "CITY"}),
        (ExportKind.LEDGER, {"party": "x"}),
        (ExportKind.LEDGER, {"programme": "CITY"}),
    ],
)
def test_a_filter_that_means_nothing_for_a_kind_is_refused(kind, filters):
    with pytest.raises(FilterNotKnown):
        request(actor(), query(kind, **filters), ExportFormat.CSV)
