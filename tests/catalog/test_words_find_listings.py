"""Words that people type find things, in both languages, on pages and through the API alike."""

import pytest
from django.urls import reverse

from common import clock, tenancy
from identity.contracts import CapacityUnit, ResourceForm, Role
from marketplace.catalog import selectors
from marketplace.catalog.contracts import MarketFilter
from marketplace.catalog.words import TERMS_MAX, facts, terms
from tests import cast, factories

pytestmark = pytest.mark.django_db


def offered(chip: str, form: str, title: str, **spec: object) -> str:
    provider = factories.OrganizationFactory(stem=f"{title} Co")
    resource = factories.ResourceFactory(
        provider=provider,
        form=form,
        name="Pool",
        name_en="",
        specification={"chip": chip, "cards": 8, **spec},
        capacity_unit=CapacityUnit.CARD,
        total_milli=8000,
    )
    return str(factories.ListingFactory(provider=provider, resource=resource, title=title).title)


@pytest.fixture
def market():
    offered("NVIDIA H100 SXM", ResourceForm.BARE_METAL, "Alpha", card_memory_gb=80,
            network="3.2 Tb/s RDMA", vcpu=24)  # fmt: skip
    offered("NVIDIA A100 80GB SXM", ResourceForm.CONTAINER, "Beta", card_memory_gb=80,
            network="200 Gb/s", vcpu=16)  # fmt: skip
    offered("NVIDIA A100 80GB SXM", ResourceForm.VM, "Gamma", card_memory_gb=40, vcpu=24)


def found(text: str) -> list[str]:
    with tenancy.acting_as_platform():
        rows = selectors.market(MarketFilter(text=text), at=clock.now())
        return sorted(row.title for row in rows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H100 bare metal", ["Alpha"]),
        ("bare-metal h100", ["Alpha"]),
        ("H100裸金属", ["Alpha"]),
        ("裸金属", ["Alpha"]),
        ("a100 VM", ["Gamma"]),
        ("A100 虚拟机", ["Gamma"]),
        ("容器 A100", ["Beta"]),
        ("docker", ["Beta"]),
        ("80GB", ["Alpha", "Beta", "Gamma"]),
        ("40 GB", ["Gamma"]),
        ("３.２ Tb/s", ["Alpha"]),
        ("200gbps", ["Beta"]),
        ("24 vCPU", ["Alpha", "Gamma"]),
        ("24核 裸金属", ["Alpha"]),
        ("智算", ["Alpha", "Beta", "Gamma"]),
        ("超算", []),
        ("h100 vm", []),
        ("alpha co", ["Alpha"]),
        ("gpu", ["Alpha", "Beta", "Gamma"]),
        ("", ["Alpha", "Beta", "Gamma"]),
        ("   ", ["Alpha", "Beta", "Gamma"]),
        ("%", []),
        ("' OR 1=1 --", []),
    ],
)
def test_what_is_typed_is_found(market, text, expected):
    assert found(text) == expected


def test_page_and_api_share_one_reading(market):
    person = cast.member(factories.OrganizationFactory(stem="Buyer"), Role.BUYER)
    browser = cast.signed_in(person)

    page = browser.get(reverse("portal:market"), {"q": "A100 vm"})
    api = browser.get("/api/v1/listings", {"q": "A100 vm"}).json()

    assert [row.title for row in page.context["rows"]] == ["Gamma"]
    assert [row["title"] for row in api["results"]] == ["Gamma"]


def test_a_machine_may_be_asked_for_at_least(market):
    person = cast.member(factories.OrganizationFactory(stem="Buyer"), Role.BUYER)
    browser = cast.signed_in(person)

    def titles(**query: str) -> tuple[list[str], list[str]]:
        page = browser.get(reverse("portal:market"), query).context["rows"]
        names = {"memory": "card_memory_gb_min", "vcpu": "vcpu_min", "network": "network_gbps_min"}
        asked = {names.get(name, name): value for name, value in query.items()}
        api = browser.get("/api/v1/listings", asked).json()["results"]
        return sorted(row.title for row in page), sorted(row["title"] for row in api)

    assert titles(memory="80") == (["Alpha", "Beta"],) * 2
    assert titles(vcpu="24") == (["Alpha", "Gamma"],) * 2
    assert titles(network="400") == (["Alpha"],) * 2
    assert titles(memory="80", network="100", vcpu="16") == (["Alpha", "Beta"],) * 2


@pytest.mark.parametrize("sort", ["price", "-price", "card_price", "free", "newest"])
def test_each_sort_turns_pages_without_losing_or_repeating_a_listing(market, sort):
    with tenancy.acting_as_platform():
        at, seen, cursor = clock.now(), [], ""
        for _turn in range(4):
            page = selectors.market_page(MarketFilter(), at=at, sort=sort, cursor=cursor, size=1)
            seen += [row.title for row in page.rows]
            cursor = page.next_cursor
            if not cursor:
                break

    assert sorted(seen) == ["Alpha", "Beta", "Gamma"]


def test_no_text_is_too_long_or_strange_for_a_reading():
    assert len(terms("a b c d e f g h i j k l m n o p q")) == TERMS_MAX
    assert terms("\x00 \t\n") == () or terms("\x00 \t\n")
    assert terms("H100" * 2000)


@pytest.mark.parametrize(
    ("specification", "gigabits"),
    [
        ({"network": "3.2 Tb/s RDMA"}, 3200),
        ({"network": "200Gbps"}, 200),
        ({"network": "fast"}, None),
        ({"network": 100}, None),
        ({}, None),
        ({"network": "99999999 Tb/s"}, None),
    ],
)
def test_a_network_is_read_from_its_words_and_none_is_made_up(specification, gigabits):
    assert facts(specification)["network_gbps"] == gigabits


@pytest.mark.parametrize("value", [0, -1, True, "80", 80.5, None, 2**40])
def test_what_is_no_whole_figure_is_no_fact(value):
    assert facts({"card_memory_gb": value})["card_memory_gb"] is None
