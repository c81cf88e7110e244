from datetime import timedelta

import pytest

from common import tenancy
from common.errors import NotFound
from identity import services as identity
from identity.identifiers import refusals
from identity.models import ComputeResource
from tests import cast

pytestmark = pytest.mark.django_db


def test_a_resource_gets_its_identifier_and_serial():
    acme = cast.organization()

    first, second = cast.resource(acme, cards=8), cast.resource(acme, cards=16)

    assert first.identifier.startswith(f"SP1-{acme.uscc}-I64-640500-A-B-NH1S000008-00000001-")
    assert second.serial == "00000002"
    assert (first.total_milli, first.available_milli, first.grid_region) == (8000, 8000, "640000")


def test_a_pool_of_several_chips_has_one_writing():
    acme = cast.organization()
    chips = [{"chip": "T4", "cards": 2}, {"chip": "A10", "cards": 1}, {"chip": "T4", "cards": 2}]

    pool = cast.resource(acme, specification={"chips": chips})

    assert "-NA10000001.NT04000004-" in pool.identifier


def test_a_chip_is_registered_under_its_first_name():
    acme = cast.organization()

    one = cast.resource(acme, specification={"chip": "H100", "cards": 8, "memory_gb": 80})
    pool = cast.resource(
        acme, specification={"chips": [{"chip": "T4", "cards": 2}, {"chip": "A100", "cards": 1}]}
    )

    assert one.specification == {"chip": "NVIDIA H100 SXM", "cards": 8, "memory_gb": 80}
    assert [part["chip"] for part in pool.specification["chips"]] == [
        "NVIDIA T4",
        "NVIDIA A100 80GB SXM",
    ]


def test_a_serial_is_given_once():
    acme = cast.organization()
    cast.resource(acme, serial="RACK7")

    with pytest.raises(identity.SerialTaken):
        cast.resource(acme, serial="RACK7")

    assert ComputeResource.objects.filter(provider=acme).count() == 1


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"specification": {"chip": "Z80", "cards": 8}}, refusals.UnknownCode),
        ({"specification": {"chip": "H100", "cards": 0}}, identity.InvalidSpecification),
        ({"specification": {"chip": "H100", "cards": True}}, identity.InvalidSpecification),
        ({"specification": {}}, identity.InvalidSpecification),
        ({"region": "999999"}, refusals.UnknownRegion),
        ({"region": "510122"}, refusals.UnknownRegion),
        ({"industry": "I99"}, refusals.UnknownIndustry),
        ({"serial": "rack7"}, refusals.LowerCase),
        ({"total_milli": 0}, identity.InvalidCapacity),
        ({"total_milli": -1}, identity.InvalidCapacity),
        ({"grid_region": "999999"}, identity.InvalidRegion),
    ],
)
def test_a_resource_that_cannot_be_is_refused(facts, refusal):
    acme = cast.organization()

    with pytest.raises(refusal):
        cast.resource(acme, **facts)

    assert not ComputeResource.objects.filter(provider=acme).exists()


def test_a_provider_must_be_registered_itself():
    acme = cast.organization()
    acme.pk = type(acme)().pk

    with pytest.raises(NotFound):
        cast.resource(acme)


def test_an_older_observation_changes_nothing():
    pool = cast.resource(cast.organization(), cards=8)

    identity.observe_capacity({pool.pk: 3000}, at=cast.NOW + timedelta(seconds=9))
    identity.observe_capacity({pool.pk: 7000}, at=cast.NOW + timedelta(seconds=3))

    pool.refresh_from_db()
    assert (pool.available_milli, pool.observed_at) == (3000, cast.NOW + timedelta(seconds=9))


@pytest.mark.parametrize("milli", [-1, 8001])
def test_more_than_all_cannot_be_free(milli):
    pool = cast.resource(cast.organization(), cards=8)

    with pytest.raises(identity.InvalidCapacity):
        identity.observe_capacity({pool.pk: milli}, at=cast.NOW)

    with tenancy.acting_as_platform():
        pool.refresh_from_db()
    assert pool.available_milli == 8000
