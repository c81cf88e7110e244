"""A run over the trades of a market, and the report of a programme against its ledger."""

import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from common import tenancy
from common.period import Period
from identity.contracts import Actor, Role
from identity.models import User
from marketplace.policy import bundle, selectors, services
from marketplace.policy.contracts import (
    InvalidPolicyPeriod,
    InvalidPolicyRun,
    PerformanceFigure,
    PolicyRunNotFound,
    PolicyRunNotReady,
    PolicyRunOver,
    PolicyRunTooLarge,
    TooManyPolicyRuns,
    WorkbenchState,
)
from marketplace.policy.models import PolicyRun
from marketplace.vouchers.contracts import InvalidProgrammeRules
from tests import cast
from tests.claims.cast import Claimed
from tests.policy.cast import wish
from tests.policy.deciding import decided
from tests.settlement.cast import NOON
from tests.vouchers.published import rules_2

pytestmark = pytest.mark.django_db
PERIOD = Period(NOON - timedelta(days=200), NOON + timedelta(days=3))


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.POLICY_RUN_DIR = tmp_path


@pytest.fixture
def claimed():
    return Claimed()


def issuer(claimed):
    person = claimed.officers[0]
    return Actor(person.organization_id, frozenset({Role.ISSUER}), person.id)


def asked(claimed, **changes):
    with tenancy.acting_as_platform():
        rules = selectors.rules_in_force(claimed.code, at=NOON)
    told = {"code": claimed.code, "starts_at": PERIOD.starts_at, "ends_at": PERIOD.ends_at}
    return wish(rules_2(), rules, **told | changes)


def requested(claimed, **changes):
    by = issuer(claimed)
    with tenancy.acting_as(by.organization_id):
        return services.request_run(actor=by, wish=asked(claimed, **changes), now=NOON)


def test_a_run_re_decides_the_trades_and_its_file_proves_it(claimed, tmp_path):
    run = decided(requested(claimed))

    after, before = run.result["versions"]["after"], run.result["versions"]["before"]
    # ¥60.00 were charged: 60 % of it now, 30 % then.
    assert (after["base_minor"], after["used_minor"]) == (6_000, 3_600)
    assert before["used_minor"] == 1_800
    assert run.result["changes"]["gain"] == {"parties": 1, "minor": 1_800}
    folder = tmp_path / "out"
    with zipfile.ZipFile(bundle.run_path(run.pk)) as archive:
        archive.extractall(folder)
    said = subprocess.run(
        [sys.executable, "-I", str(folder / "verify_run.py"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert run.run_hash in said.stdout
    assert json.loads((folder / "result.json").read_text()) == run.result


def test_enterprises_are_named_to_the_issuer_they_applied_to(claimed):
    run = decided(requested(claimed))

    with tenancy.acting_as(run.organization_id):
        (line,) = selectors.parties_of(run)

    assert line.organization_id == claimed.market.buyer.pk
    assert (line.after_minor, line.before_minor, line.change_minor) == (3_600, 1_800, 1_800)
    with tenancy.acting_as(claimed.provider.pk):
        assert not selectors.parties_of(run)


def test_a_run_is_its_issuers_own_until_it_is_published(claimed):
    run = decided(requested(claimed))
    stranger = cast.organization("Stranger")

    with tenancy.acting_as(stranger.pk), pytest.raises(PolicyRunNotFound):
        selectors.run_of(run_id=run.pk, organization_id=stranger.pk)
    by = issuer(claimed)
    with tenancy.acting_as(by.organization_id):
        services.publish_run(
            run_id=run.pk, organization_id=by.organization_id, person_id=by.person_id, now=NOON
        )
    with tenancy.acting_as(stranger.pk):
        seen = selectors.run_of(run_id=run.pk, organization_id=stranger.pk)
    assert seen.run_hash == run.run_hash
    assert list(selectors.published_runs(rules_hash=run.rules_hash)) == [run]


def test_what_a_run_came_to_is_never_changed(claimed):
    run = decided(requested(claimed))

    for changes in ({"rules_hash": "0" * 64}, {"result": {}}, {"state": WorkbenchState.QUEUED}):
        with (
            tenancy.acting_as_platform(),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            PolicyRun.objects.filter(pk=run.pk).update(**changes)


def test_a_run_without_a_result_is_not_published(claimed):
    run, by = requested(claimed), issuer(claimed)

    with tenancy.acting_as(by.organization_id), pytest.raises(PolicyRunNotReady):
        services.publish_run(
            run_id=run.pk, organization_id=by.organization_id, person_id=by.person_id, now=NOON
        )
    with tenancy.acting_as_platform(), pytest.raises(IntegrityError), transaction.atomic():
        PolicyRun.objects.filter(pk=run.pk).update(published_at=NOON, published_by=by.person_id)


def test_a_run_is_cancelled_once_and_then_over(claimed):
    run, by = requested(claimed), issuer(claimed)
    with tenancy.acting_as(by.organization_id):
        services.cancel_run(run_id=run.pk, organization_id=by.organization_id, now=NOON)
        with pytest.raises(PolicyRunOver):
            services.cancel_run(run_id=run.pk, organization_id=by.organization_id, now=NOON)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"ends_at": PERIOD.starts_at}, InvalidPolicyPeriod),
        ({"ends_at": PERIOD.starts_at + timedelta(days=367)}, InvalidPolicyPeriod),
        ({"years_later": 11}, InvalidPolicyRun),
        ({"budget_minor": 0}, InvalidPolicyRun),
        ({"title": "  "}, InvalidPolicyRun),
    ],
    ids=["no time", "too long", "years", "no money", "no name"],
)
def test_what_is_out_of_its_limits_is_refused(changes, refusal):
    nobody = Actor(uuid4(), frozenset({Role.ISSUER}), 0)
    told = {"starts_at": PERIOD.starts_at, "ends_at": PERIOD.ends_at} | changes
    with pytest.raises(refusal):
        services.request_run(actor=nobody, wish=wish(rules_2(), **told), now=NOON)


def test_rules_that_are_not_whole_are_refused():
    nobody = Actor(uuid4(), frozenset({Role.ISSUER}), 0)
    with pytest.raises(InvalidProgrammeRules):
        services.request_run(actor=nobody, wish=wish({"schema": 2}), now=NOON)


def test_only_so_much_is_taken(claimed, settings):
    settings.POLICY_RUN_CHARGES_MAX = 0
    with pytest.raises(PolicyRunTooLarge):
        requested(claimed)
    settings.POLICY_RUN_CHARGES_MAX, settings.POLICY_RUNS_WAITING_MAX = 10, 1
    requested(claimed)
    with pytest.raises(TooManyPolicyRuns):
        requested(claimed)


def test_the_report_is_what_the_ledger_says(claimed):
    with tenancy.acting_as_platform():
        found = selectors.performance(programme_id=claimed.programme.pk, period=PERIOD)
        with connection.cursor() as cursor:  # Added up anew, from the transfers alone.
            cursor.execute(
                "SELECT r.name, sum(t.amount) FROM ledger_transfer t"
                " JOIN ledger_account d ON d.id = t.debit_id"
                " JOIN ledger_asset a ON a.id = d.asset_id"
                " JOIN ledger_reason r ON r.id = t.reason_id"
                " WHERE a.code = %s AND t.op IN (0, 2) GROUP BY r.name",
                [claimed.programme.asset],
            )
            moved = {name: int(amount) for name, amount in cursor.fetchall()}

    minor = found.total.minor
    assert minor[PerformanceFigure.ISSUED] == moved["issue"] == 500_000
    assert minor[PerformanceFigure.USED] == moved["order_voucher"] == 1_800
    assert minor[PerformanceFigure.FUNDED] == moved["budget"]
    assert found.total.own_minor == 4_200
    assert str(found.leverage) == "2.33"
    assert len(found.total.holders) == 1

    for figure in PerformanceFigure:
        total = minor[figure]
        assert sum(each.minor[figure] for each in found.months.values()) == total
        with tenancy.acting_as_platform():
            lines = selectors.lines_of_figure(
                programme_id=claimed.programme.pk, figure=figure, period=PERIOD
            )
        assert sum(each.amount_minor for each in lines) == total
    for groups in found.groups.values():
        used = sum(each.minor[PerformanceFigure.USED] for each in groups.values())
        assert used == minor[PerformanceFigure.USED]


def test_runs_and_reports_over_http(claimed):
    client = cast.signed_in(User.objects.get(pk=claimed.officers[0].id))
    body = {
        "title": "More",
        "code": claimed.code,
        "rules": rules_2(),
        "starts_at": PERIOD.starts_at.isoformat(),
        "ends_at": PERIOD.ends_at.isoformat(),
    }

    reply = client.post(
        "/api/v1/policy-runs",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )
    report = client.get(
        f"/api/v1/programmes/{claimed.programme.pk}/performance",
        {"starts_on": "2026-05-01", "ends_on": "2026-11-30"},
    )

    assert reply.status_code == 202, reply.content
    assert client.get("/api/v1/policy-runs").json()["results"][0]["state"] == "QUEUED"
    assert client.get(f"/api/v1/policy-runs/{reply.json()['id']}/download").status_code == 409
    assert client.delete(f"/api/v1/policy-runs/{reply.json()['id']}").json()["state"] == "CANCELLED"
    assert report.status_code == 200, report.content
    assert report.json()["total"]["used_minor"] == 1_800
    assert report.json()["energy_kwh"] is None
