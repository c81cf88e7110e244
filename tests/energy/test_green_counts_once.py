"""Green electricity is claimed once in the whole market, of its month, and never beyond use."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from common import tenancy
from metering.energy import services
from metering.energy.contracts import (
    Compliance,
    GreenClaimed,
    GreenKind,
    GreenMoreThanUsed,
    GreenNumberRefused,
    GreenOtherMonth,
    GreenOver,
    GreenQuantityRefused,
    GreenRegistered,
    GreenState,
    GreenUseUnknown,
    Used,
)
from metering.energy.models import GreenSupply
from tests import factories
from tests.energy import cast
from tests.energy.cast import NOON, NOVEMBER


@pytest.fixture
def provider(db):
    return factories.OrganizationFactory(stem="Provider")


def measured(provider, kwh: str, *, name: str = "庆阳一号", value: str = "1.0"):
    """Return a centre that measured so many kWh in November, at its door."""
    meter = cast.meter(provider)
    energy = cast.meter(provider, meter.resource, name="pdu", rule=cast.rule_of_energy())
    cast.read(meter, 3600)
    cast.read(energy, kwh, unit="kWh")
    cast.close_and_count()
    centre = cast.centre(provider, meter.resource, name=name)
    cast.pue(centre, value)
    return centre


@pytest.mark.parametrize(
    ("used", "share"), [("1000", "1"), ("1001", "0.999"), ("1250", "0.8"), ("999", None)]
)
def test_a_certificate_is_matched_whole_and_never_beyond_use(provider, used, share):
    centre = measured(provider, used)
    certificate = cast.certificate(provider)

    if share is None:
        with pytest.raises(GreenMoreThanUsed) as refused:
            cast.claim(certificate, centre)
        assert "999.000" in str(refused.value)
        return
    cast.claim(certificate, centre)

    month = cast.month_of(centre)
    assert month.green_share.quantize(Decimal("0.001")) == Decimal(share)
    is_met = Decimal(share) >= Decimal("0.8")
    assert month.green_state == (Compliance.MET if is_met else Compliance.NOT_MET)
    assert month.market_kg == (Decimal(used) - 1000) * Decimal("0.5856")
    assert month.location_kg == Decimal(used) * Decimal("0.4772")
    with pytest.raises(GreenMoreThanUsed):
        cast.claim(cast.certificate(provider, "C" * 32), centre)


def test_what_was_claimed_counts_no_more_than_use_that_shrank(provider):
    centre = measured(provider, "1000", value="1.1")
    cast.claim(cast.certificate(provider), centre)

    cast.pue(centre, "1.0")  # The next version: 100 kWh less at the door.
    month = cast.month_of(centre)
    assert (month.counted_kwh, month.green_share) == (1000, 1)

    sums = {next(iter(_sums(centre))): Used(measured=Decimal(400), records=1)}
    month = cast.month_of(centre, sums=sums)
    assert (month.claimed_kwh, month.counted_kwh, month.market_kg) == (1000, 400, 0)


def _sums(centre):
    with tenancy.acting_as_platform():
        return {(each.resource_id, NOVEMBER): None for each in centre.places.all()}


def test_it_counts_for_its_own_month_alone(provider):
    centre = measured(provider, "5000")

    with pytest.raises(GreenOtherMonth):
        cast.claim(cast.certificate(provider, month=date(2026, 10, 1)), centre, month=NOVEMBER)
    with pytest.raises(GreenOtherMonth):
        cast.claim(cast.certificate(provider, "B" * 32), centre, month=date(2026, 12, 1))


def test_use_that_nobody_knows_covers_nothing(provider):
    meter = cast.meter(provider)
    cast.read(meter, 3600)
    cast.close_and_count()
    centre = cast.centre(provider, meter.resource)

    with pytest.raises(GreenUseUnknown):
        cast.claim(cast.certificate(provider), centre)


@pytest.mark.parametrize(
    "text", ["", "A" * 31, "A" * 33, "é" + "A" * 31, "A" * 30 + "!!", "<script>" * 4, "\x00" * 32]
)
def test_a_number_that_is_none_is_refused(provider, text):
    with pytest.raises(GreenNumberRefused):
        cast.certificate(provider, text or " ")


def test_a_number_is_the_same_however_it_is_typed(provider):
    first = cast.certificate(provider, "ab12-" * 8)

    assert first.number == "AB12" * 8
    with pytest.raises(GreenRegistered):
        cast.certificate(provider, "ＡＢ１２ " * 8)


@pytest.mark.parametrize("kwh", ["999", "1001", "0", "-1", "NaN", "1000.0000001"])
def test_a_certificate_is_a_thousand_kilowatt_hours(provider, kwh):
    with pytest.raises(GreenQuantityRefused):
        cast.certificate(provider, kwh=Decimal(kwh))


def test_who_registered_a_number_first_does_not_keep_its_owner_from_claiming(provider):
    centre = measured(provider, "3000")
    other = factories.OrganizationFactory(stem="Provider")
    theirs = measured(other, "3000", name="别处")
    cast.certificate(other)

    cast.claim(cast.certificate(provider), centre)

    with tenancy.acting_as_platform():
        (second,) = GreenSupply.objects.filter(provider=other)
    with pytest.raises(GreenClaimed):
        cast.claim(second, theirs)


def test_a_contract_of_direct_supply_counts_once_a_month(provider):
    centre = measured(provider, "3000")
    facts = {"kind": GreenKind.DIRECT, "kwh": Decimal("812.5")}
    first = cast.certificate(provider, "PPA-2026-7", **facts)
    cast.claim(first, centre)

    cast.certificate(provider, "PPA-2026-7", month=date(2026, 12, 1), **facts)
    with pytest.raises(GreenRegistered):
        cast.certificate(provider, "ppa-2026-7", **facts)

    assert cast.month_of(centre).claimed_kwh == Decimal("812.5")


def test_retired_is_for_good_and_cancelled_is_free_again(provider):
    centre = measured(provider, "3000")
    supply = cast.claim(cast.certificate(provider), centre)
    facts = {"provider_id": provider.pk, "supply_id": supply.pk, "now": NOON}
    with tenancy.acting_as(provider.pk):
        services.cancel_supply(reason="错报", **facts)
        with pytest.raises(GreenOver):
            services.retire_supply(reason="no", **facts)
    assert cast.month_of(centre).claimed_kwh == 0

    again = cast.claim(cast.certificate(provider), centre)
    facts["supply_id"] = again.pk
    with tenancy.acting_as(provider.pk):
        services.retire_supply(reason="平台注销", **facts)
        with pytest.raises(GreenOver):
            services.cancel_supply(reason="no", **facts)
    assert cast.month_of(centre).claimed_kwh == 1000


@pytest.mark.parametrize(
    "change",
    [
        "state = 'REGISTERED', centre_id = NULL",
        "kwh = 1",
        "number = repeat('Z', 32)",
        "used_month = '2026-10-01'",
        "state = 'RETIRED'",
    ],
)
def test_the_database_keeps_what_was_claimed(provider, change):
    supply = cast.claim(cast.certificate(provider), measured(provider, "3000"))

    with (
        tenancy.acting_as(provider.pk),
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE metering_energy_greensupply SET {change} WHERE id = %s", [supply.pk]
        )


def test_compliance_is_unknown_without_a_pue_of_the_month(provider):
    meter = cast.meter(provider)
    cast.read(meter, 3600)
    cast.close_and_count()
    centre = cast.centre(provider, meter.resource)
    assert cast.month_of(centre).pue_state == Compliance.UNKNOWN

    states = []
    for value in ("1.3", "1.301"):
        cast.pue(centre, value)
        states.append(cast.month_of(centre).pue_state)

    assert states == [Compliance.MET, Compliance.NOT_MET]
    assert cast.month_of(centre).green_state == Compliance.NOT_MET  # Nothing was claimed: 0 %.


def test_two_who_claim_one_number_at_one_instant(fresh_database):
    """One is let in, the other is refused; with unlike numbers both are (the negative control)."""
    claims = []
    for place in range(2):
        provider = factories.OrganizationFactory(stem="Provider")
        centre = measured(provider, "3000", name=f"中心 {place}")
        claims.append([(cast.certificate(provider), centre), (
            cast.certificate(provider, f"{place}" * 32), centre,
        )])  # fmt: skip

    for which, expected in ((0, 1), (1, 2)):
        start, won, lost = threading.Barrier(2), [], []

        def race(pair, start=start, won=won, lost=lost):
            try:
                start.wait(10)
                won.append(cast.claim(*pair))
            except GreenClaimed as refused:
                lost.append(refused)
            finally:
                connection.close()

        threads = [threading.Thread(target=race, args=(each[which],)) for each in claims]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert (len(won), len(lost)) == (expected, 2 - expected)
        assert {each.state for each in won} == {GreenState.CLAIMED}
