"""An export holds exactly the records of one moment, and anybody can check it offline."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from common import tenancy
from common.tabular.columns import Column
from identity.contracts import Actor, Role
from ledger import selectors as ledger
from ledger import signing
from ledger.hashing import verifier_key
from marketplace.audit import selectors, services
from marketplace.audit.contracts import (
    ExportFormat,
    ExportKind,
    ExportNotAllowed,
    ExportNotFound,
    ExportNotReady,
    ExportOver,
    ExportScope,
    ExportState,
    InvalidExportPeriod,
    Query,
    TooManyExports,
)
from marketplace.audit.manifest import ControlTotals
from marketplace.audit.models import Export
from marketplace.audit.services import building
from marketplace.settlement import selectors as settlement
from tests import cast, databases, environment
from tests.ledger.conftest import seal_everything
from tests.settlement.cast import NOON, Market

LATER = NOON + timedelta(days=2)
MONTH = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))


def query(kind: ExportKind = ExportKind.TRADES, **filters: str) -> Query:
    starts_at, ends_at = MONTH
    if kind is ExportKind.LEDGER:  # transfers are recorded by the clock on the wall
        starts_at, ends_at = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(1)
    return Query(kind=kind, starts_at=starts_at, ends_at=ends_at, **filters)


def actor(organization=None, *roles: Role) -> Actor:
    organization = organization or cast.organization("Audit office")
    return Actor(
        organization_id=organization.pk,
        roles=frozenset(roles or {Role.AUDITOR}),
        person_id=cast.somebody().pk,
    )


def request(who: Actor, wanted: Query | None = None, file_format=ExportFormat.CSV) -> Export:
    tenant = tenancy.PLATFORM if who.spans_tenants else who.organization_id
    with tenancy.acting_as(tenant):
        return services.request_export(
            actor=who, query=wanted or query(), file_format=file_format, queued_at=LATER
        )


def built(export: Export) -> Export:
    """Build what waits and return the export as it is then."""
    services.build_next(clock=lambda: LATER)
    with tenancy.acting_as_platform():
        return Export.objects.get(pk=export.pk)


def unpack(export: Export, directory: Path) -> Path:
    with zipfile.ZipFile(selectors.bundle_path(export.pk)) as bundle:
        bundle.extractall(directory)
    return directory


def verify(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the script that came with the bundle, as a reader would."""
    script = directory / "verify_export.py"
    return subprocess.run(
        [sys.executable, "-I", str(script), *options, str(directory)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def traded_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), databases.made_once(three_settled) as again:
        yield again


def three_settled() -> Market:
    """Three orders, settled; one used the voucher of a programme."""
    market = Market()
    for cards, hours in ((1, "0.7"), (2, "1.3")):
        order = market.order(cards=cards)
        market.use(order, hours)
    market.programme = market.voucher("5000.00")
    order = market.order(cards=4, hours=2)
    market.use(order, "3.25", hour=1)
    market.settle()
    return market


def test_an_export_verifies_and_its_totals_are_the_ledgers(traded, tmp_path):
    for file_format in ExportFormat:
        export = built(request(actor(), file_format=file_format))

        directory = unpack(export, tmp_path / file_format)
        done = verify(directory)

        assert export.state == ExportState.READY
        assert done.returncode == 0, done.stdout + done.stderr
        manifest = json.loads((directory / "manifest.json").read_text())
        assert manifest["rows"] == export.rows == 3
        totals = manifest["control_totals"]
        # 0.7 h + 1.3 h at ¥12.00, and 3.25 h of which 30 % came from the voucher.
        assert (
            totals["columns"].items()
            >= {
                "cash": "51.30",
                "fee": "1.89",
                "gross": "63.00",
                "standard_hours": "5.25",
                "voucher": "11.70",
            }.items()
        )
    with tenancy.acting_as_platform():
        lines = {(line.asset, line.kind): line for line in ledger.trial_balance()}
    asset = f"VCH-{traded.programme}"
    assert totals["assets"] == {"CNY": "51.30", asset: "11.70"}
    assert Decimal(lines[("CNY", "provider_payable")].credits) / 100 == Decimal("51.30")
    assert Decimal(lines[(asset, "voucher_claim")].credits) / 100 == Decimal("11.70")


def test_charges_and_ledger_are_exported_too(traded, tmp_path):
    for number, kind in enumerate((ExportKind.CHARGES, ExportKind.LEDGER)):
        export = built(request(actor(), query(kind)))
        directory = unpack(export, tmp_path / str(number))

        assert verify(directory).returncode == 0
        assert export.rows > 0
    manifest = json.loads((directory / "manifest.json").read_text())
    asset = f"VCH-{traded.programme}"
    # The deposit, 51.30 captured, 1.89 of fees; budget, issue and capture of the voucher.
    assert manifest["control_totals"]["assets"] == {"CNY": "100053.19", asset: "10011.70"}


def test_a_record_altered_by_a_superuser_is_named(traded, tmp_path):
    with databases.admin(environment.DATABASE) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            "UPDATE settlement_traderecord SET gross_minor = gross_minor + 100,"
            " cash_minor = cash_minor + 100 WHERE sequence = 2"
        )

    export = built(request(actor()))
    done = verify(unpack(export, tmp_path / "bundle"))

    assert done.returncode == 1
    assert "First altered record: T-00000002 (row 2)" in done.stdout


def test_a_provider_exports_its_own_trades_and_no_one_elses(traded):
    other = Market()
    other.use(other.order(), "1")
    other.settle()

    own = built(request(actor(other.provider, Role.PROVIDER)))
    bought = built(request(actor(traded.buyer, Role.BUYER)))
    every = built(request(actor()))

    assert (own.rows, bought.rows, every.rows) == (1, 3, 4)
    assert own.manifest["scope"] == "OWN"


def test_filters_choose_records(traded):
    by_programme = built(request(actor(), query(programme=traded.programme)))
    by_party = built(request(actor(), query(party=traded.buyer.uscc)))
    by_nobody = built(request(actor(), query(party=cast.uscc(9999))))

    assert (by_programme.rows, by_party.rows, by_nobody.rows) == (1, 3, 0)


def test_the_estimate_shows_the_first_rows(traded):
    with tenancy.acting_as_platform():
        estimate = selectors.estimate(query=query(), file_format=ExportFormat.CSV, owner_id=None)
        first = settlement.trade_records().order_by("sequence").first()

    assert (estimate.rows, len(estimate.preview)) == (3, 3)
    assert estimate.preview[0][estimate.columns.index("number")] == first.number
    done = built(request(actor(), query()))
    assert done.bytes / 2 < estimate.bytes < done.bytes * 2


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.BUYER])
def test_the_ledger_is_for_those_who_oversee_the_market(db, role):
    with pytest.raises(ExportNotAllowed):
        request(actor(None, role), query(ExportKind.LEDGER))


@pytest.mark.parametrize("kind", list(ExportKind))
def test_an_issuer_exports_nothing(db, kind):
    with pytest.raises(ExportNotAllowed):
        request(actor(None, Role.ISSUER), query(kind))


def test_a_period_has_a_length_and_an_end(db):
    starts_at, _ = MONTH
    for until in (starts_at, starts_at + timedelta(days=5_000)):
        with pytest.raises(InvalidExportPeriod):
            request(actor(), Query(ExportKind.TRADES, starts_at, until))


def test_an_organisation_has_only_so_many_exports_waiting(db, settings):
    settings.AUDIT_EXPORTS_WAITING_MAX = 2
    who = actor()
    request(who)
    request(who)

    with pytest.raises(TooManyExports):
        request(who)
    assert request(actor()).state == ExportState.QUEUED


def test_a_cancelled_export_is_not_built(fresh_database):
    export = request(actor())
    with tenancy.acting_as_platform():
        services.cancel_export(
            export_id=export.pk, organization_id=export.organization_id, now=LATER
        )

    assert services.build_next(clock=lambda: LATER) is None
    with tenancy.acting_as_platform(), pytest.raises(ExportOver):
        services.cancel_export(
            export_id=export.pk, organization_id=export.organization_id, now=LATER
        )


def test_a_worker_that_vanishes_is_replaced_and_at_last_given_up(fresh_database):
    export = request(actor())
    with tenancy.acting_as_platform():
        Export.objects.filter(pk=export.pk).update(
            state=ExportState.RUNNING, attempts=1, started_at=LATER, seen_at=LATER
        )

    assert services.build_next(clock=lambda: LATER + timedelta(seconds=59)) is None
    again = services.build_next(clock=lambda: LATER + timedelta(seconds=61))
    assert (again.pk, again.attempts) == (export.pk, 2)

    with tenancy.acting_as_platform():
        Export.objects.filter(pk=export.pk).update(state=ExportState.RUNNING, attempts=3)
    assert services.build_next(clock=lambda: LATER + timedelta(seconds=200)) is None
    with tenancy.acting_as_platform():
        assert Export.objects.get(pk=export.pk).state == ExportState.FAILED


def test_an_export_that_fails_by_itself_stops_no_other_and_may_be_tried_again(
    fresh_database, monkeypatch
):
    poisoned, sound = request(actor()), request(actor())
    write = building._write_rows

    def fail_for_one(job, *rest):
        if job.id == poisoned.pk:
            raise KeyError("columns")
        return write(job, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(building, "_write_rows", fail_for_one)
        tries = [services.build_next(clock=lambda: LATER) for _try in range(4)]
        assert services.build_next(clock=lambda: LATER) is None

    assert [each.pk for each in tries].count(poisoned.pk) == building.ATTEMPTS_MAX
    with tenancy.acting_as_platform():
        states = dict(Export.objects.values_list("pk", "state"))
    assert states == {poisoned.pk: ExportState.FAILED, sound.pk: ExportState.READY}

    services.retry_export(export_id=poisoned.pk, queued_at=LATER)
    services.build_next(clock=lambda: LATER)

    with tenancy.acting_as_platform():
        now = Export.objects.get(pk=poisoned.pk)
    assert (now.state, now.failure) == (ExportState.READY, "")
    with pytest.raises(ExportNotFound):
        services.retry_export(export_id=poisoned.pk, queued_at=LATER)


def test_a_file_expires(fresh_database):
    export = built(request(actor()))
    path = selectors.bundle_path(export.pk)
    assert path.exists()
    leftover = path.parent / "tmp1"
    leftover.mkdir()
    os.utime(leftover, (0, 0))

    assert services.expire_exports(now=LATER + timedelta(days=6)) == 0
    assert not leftover.exists()
    assert services.expire_exports(now=LATER + timedelta(days=7)) == 1

    assert not path.exists()
    with tenancy.acting_as_platform(), pytest.raises(ExportNotReady):
        selectors.download_of(export_id=export.pk, organization_id=export.organization_id)


def test_an_export_belongs_to_who_asked_for_it(fresh_database):
    export = built(request(actor()))
    with tenancy.acting_as_platform(), pytest.raises(ExportNotFound):
        selectors.download_of(
            export_id=export.pk, organization_id=cast.organization("Other office").pk
        )


def test_the_whole_market_comes_with_its_ledger(traded, tmp_path, settings):
    settings.LEDGER_KEYS_FILE = str(tmp_path / "keys")
    seal_everything()

    export = built(request(actor()))
    own = built(request(actor(traded.provider, Role.PROVIDER)))

    directory = unpack(export, tmp_path / "bundle")
    done = verify(directory)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok      ledger: OK" in done.stdout
    # A script that lies alone says that it did not look at the ledger.
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(directory / "verify_export.py", alone)
    looked = subprocess.run(
        [sys.executable, "-I", str(alone / "verify_export.py"), str(directory)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert looked.returncode == 0
    assert "--      ledger: not checked" in looked.stdout
    assert own.manifest["ledger_pack"] is None
    assert own.manifest["ledger_checkpoint"] is None
    settings.AUDIT_LEDGER_PACK_ENTRIES_MAX = 1
    large = built(request(actor()))
    assert large.manifest["ledger_pack"] is None
    assert large.manifest["ledger_checkpoint"] == export.manifest["ledger_checkpoint"]


def test_a_bundle_that_was_written_anew_lacks_the_markets_signature(traded, tmp_path, settings):
    settings.LEDGER_KEYS_FILE = str(tmp_path / "keys")
    seal_everything()
    (key,) = [verifier_key(each.name, each.public_key) for each in signing.signing_keys()]
    strange = verifier_key("stranger", b"\1" * 32)
    directory = unpack(built(request(actor(traded.provider, Role.PROVIDER))), tmp_path / "bundle")
    signed = verify(directory, "--key", key)
    assert signed.returncode == 0, signed.stdout + signed.stderr
    assert "ok      signature: suanpan.example/ledger" in signed.stdout
    assert verify(directory, "--key", strange).returncode == 1

    forget_the_last_record(directory)

    unsigned = verify(directory)
    assert unsigned.returncode == 0
    assert "--      signature: not checked" in unsigned.stdout
    forged = verify(directory, "--key", key)
    assert forged.returncode == 1
    assert "FAILED  signature: no trusted key signed this manifest" in forged.stdout
    (directory / "manifest.sig").unlink()
    assert "the bundle lacks manifest.sig" in verify(directory, "--key", key).stdout


def forget_the_last_record(directory: Path) -> None:
    """Leave a record out, and write the manifest that fits."""
    manifest = json.loads((directory / "manifest.json").read_text())
    path = directory / manifest["file"]
    rows = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)[:-1]
    path.write_text("".join(rows), encoding="utf-8-sig", newline="")
    columns = manifest["columns"]
    totals = ControlTotals([Column(each["name"], total=each["total"]) for each in columns])
    for row in csv.reader(rows[1:]):
        totals.add(row)
    manifest |= {"rows": totals.rows, "control_totals": totals.plain()}
    manifest["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (directory / "manifest.json").write_text(json.dumps(manifest))


def test_an_altered_ledger_is_found_through_an_export(traded, tmp_path, settings):
    settings.LEDGER_KEYS_FILE = str(tmp_path / "keys")
    seal_everything()
    with databases.admin(environment.DATABASE) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE ledger_transfer SET amount = amount + 1 WHERE op = 2")

    done = verify(unpack(built(request(actor())), tmp_path / "bundle"))

    assert done.returncode == 1
    assert "FAILED  ledger: FAULT" in done.stdout


def test_what_a_killed_worker_left_behind_is_removed_after_a_while(
    db, settings, django_capture_on_commit_callbacks
):
    directory = settings.AUDIT_EXPORT_DIR
    (directory / "EX-1.building").mkdir(parents=True)
    old, new, bundle = (directory / name for name in ("EX-2.part", "EX-3.part", "EX-4.zip"))
    for path in (old, new, bundle):
        path.write_text("half")
    for path in (directory / "EX-1.building", old, bundle):
        os.utime(path, (0, 0))

    with django_capture_on_commit_callbacks(execute=True):
        services.expire_exports(now=LATER)

    assert sorted(path.name for path in directory.iterdir()) == ["EX-3.part", "EX-4.zip"]


@pytest.mark.parametrize(
    "change",
    [{"party": "91310000MA1FL4T18N"}, {"scope": ExportScope.OWN}, {"kind": ExportKind.USAGE}],
    ids=lambda change: next(iter(change)),
)
def test_what_was_asked_for_stays_while_it_is_written(traded, change):
    export = request(actor())

    with (
        pytest.raises(IntegrityError, match="what was written stays"),
        tenancy.acting_as_platform(),
        transaction.atomic(),
    ):
        Export.objects.filter(pk=export.pk).update(**change)


def test_a_second_try_has_the_job_of_the_first(traded):
    export = request(actor())
    with tenancy.acting_as_platform():
        asked = selectors.job_of(export)
        Export.objects.filter(pk=export.pk).update(
            state=ExportState.RUNNING, attempts=1, started_at=NOON, seen_at=NOON
        )

    again = built(export)

    assert (again.state, again.attempts) == (ExportState.READY, 2)
    with tenancy.acting_as_platform():
        assert selectors.job_of(again) == asked
