from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from common.errors import InvalidInput
from marketplace.catalog import rules, selectors, services
from marketplace.catalog.contracts import MarketFilter, MarketSort, QualityNote
from marketplace.catalog.models import Listing
from tests.cast import NOW, organization
from tests.catalog.supply import HOUR, allocate, hours, listed, listed_vcpu, wants

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def market():
    """Five listings whose differences the tests name."""
    longdong = organization("陇东算力", name_en="Longdong Compute")
    return {
        "h100": listed(longdong, chip="H100", price="3.18", title="昇腾训练节点", title_en="Train"),
        "a100": listed(
            chip="A100", price="3.55", region="520100", facts={"pue": Decimal("1.18")}, title="微调"
        ),
        "h20": listed(chip="H20", price="2.4", title="推理切片", accepts_vouchers=False),
        "g2": listed(chip="G2", price="6", unit="unit_hour", title="未公开型号"),
        "vcpu": listed_vcpu(),
    }


def names(market, wanted=None, **options):
    page = selectors.market_page(wanted or MarketFilter(), at=NOW, **options)
    by_id = {listing.pk: name for name, listing in market.items()}
    return [by_id[row.id] for row in page.rows]


def test_the_cheapest_standard_hour_comes_first_and_what_has_none_last(market):
    assert names(market)[:3] == ["h20", "h100", "a100"]
    assert set(names(market)[3:]) == {"g2", "vcpu"}
    assert names(market, sort=MarketSort.PRICE_DOWN)[-1] == "h20"


def test_of_one_price_the_steadier_stand_first_and_what_has_no_record_last():
    first, middle, last = (listed(price="3.18") for _n in range(3))
    dearer = listed(price="3.55")
    services.note_quality(
        notes=[
            QualityNote(
                each.pk, credibility=900, stability=known, availability_ppm=None, day=NOW.date()
            )
            for each, known in ((middle, 940), (last, 990), (dearer, 1_000))
        ]
    )
    shown = selectors.market_page(MarketFilter(), at=NOW).rows
    half = selectors.market_page(MarketFilter(), at=NOW, size=2)
    rest = selectors.market_page(MarketFilter(), at=NOW, size=2, cursor=half.next_cursor)

    assert [row.id for row in shown] == [last.pk, middle.pk, first.pk, dearer.pk]
    paged = [row.id for row in (*half.rows, *rest.rows)]
    assert sorted(paged) == sorted(row.id for row in shown)  # each once, by pages too


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (MarketFilter(resource_classes=("GENERAL",)), {"vcpu"}),
        (MarketFilter(resource_classes=("GENERAL", "AI"), chips=("G2", "H20")), {"g2", "h20"}),
        (MarketFilter(chips=("NVIDIA H100 SXM",)), {"h100"}),
        (MarketFilter(chips=("H100 SXM", "A100 80GB")), {"h100", "a100"}),
        (MarketFilter(chips=("NVIDIA H100 PCIe", "no chip")), set()),
        (MarketFilter(hubs=("GAN",)), {"a100"}),
        (MarketFilter(forms=("CONTAINER",)), set()),
        (MarketFilter(price_min=Decimal("2.5")), {"h100", "a100"}),
        (MarketFilter(price_max=Decimal("3.18")), {"h20", "h100"}),
        (MarketFilter(price_min=Decimal("2.5"), price_max=Decimal("3.2")), {"h100"}),
        (MarketFilter(pue_max=Decimal("1.2")), {"a100"}),
        (MarketFilter(accepts_vouchers=False), {"h20"}),
        (MarketFilter(free_milli_min=9000), {"vcpu"}),
        (MarketFilter(text="昇腾"), {"h100"}),
        (MarketFilter(text="腾训"), {"h100"}),
        (MarketFilter(text="longdong  TRAIN"), {"h100"}),
        (MarketFilter(text="片"), {"h20"}),
        (MarketFilter(text="节点 微调"), set()),
        (MarketFilter(text="100%"), set()),
    ],
)
def test_filters_narrow_the_market(market, wanted, found):
    assert set(names(market, wanted)) == found
    assert selectors.facets(wanted, at=NOW).total == len(found)


def test_a_compute_identifier_finds_its_listing(market):
    identifier = market["a100"].resource.identifier

    assert names(market, MarketFilter(text=identifier.lower())) == ["a100"]


def test_what_is_not_offered_now_is_not_on_the_market(market):
    for name, move in (("h100", services.pause_listing), ("h20", services.close_listing)):
        listing = market[name]
        move(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)
    listed(chip="H100", available_from=NOW + HOUR, title="later")
    listed(chip="H100", available_from=NOW - 2 * HOUR, available_until=NOW, title="over")

    assert set(names(market)) == {"a100", "g2", "vcpu"}
    assert selectors.facets(MarketFilter(), at=NOW).total == 3


def test_a_count_says_what_ticking_its_box_would_give(market):
    wanted = MarketFilter(chips=("H100",), price_max=Decimal("3.2"))

    facets = selectors.facets(wanted, at=NOW)

    chips = {value.value: value.count for value in facets.by_filter["chip"]}
    assert chips == {"NVIDIA H100 SXM": 1, "NVIDIA H20": 1}
    for chip, count in chips.items():
        ticked = MarketFilter(chips=(chip,), price_max=wanted.price_max)
        assert selectors.facets(ticked, at=NOW).total == count
    assert {value.value: value.count for value in facets.by_filter["hub"]} == {"ZHW": 1}
    assert {value.value: value.count for value in facets.by_filter["accepts_vouchers"]} == {
        "true": 1
    }


def test_the_histogram_counts_every_price_in_twelve_bars(market):
    facets = selectors.facets(MarketFilter(price_max=Decimal("2.5")), at=NOW)

    assert len(facets.prices) == 12
    assert sum(bar.count for bar in facets.prices) == 3
    assert (facets.prices[0].low, facets.prices[0].count) == (Decimal("2.4"), 1)
    assert facets.prices[-1].count == 1
    assert abs(facets.prices[-1].high - Decimal("3.55")) < Decimal("0.000001")


def test_an_empty_market_has_no_bars_and_no_counts(platform):
    facets = selectors.facets(MarketFilter(text="nothing"), at=NOW)

    assert (facets.total, facets.prices) == (0, ())
    assert selectors.figures(at=NOW).listings == 0
    assert selectors.market_page(MarketFilter(), at=NOW).rows == ()


@pytest.mark.parametrize("sort", list(MarketSort))
def test_pages_follow_each_other_without_gap_or_repetition(sort):
    made = {listed(price=price).pk for price in ["3", "1", "2", "2", "2", "5", "4"]}
    whole = [row.id for row in selectors.market_page(MarketFilter(), at=NOW, sort=sort).rows]

    paged, cursor = [], ""
    while True:
        page = selectors.market_page(MarketFilter(), at=NOW, sort=sort, cursor=cursor, size=2)
        paged += [row.id for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break

    assert paged == whole
    assert set(whole) == made


@pytest.mark.parametrize("cursor", ["?", "AAAA", "MSAy", "é", "x" * 500, "MSAyIDM"])
def test_a_cursor_that_is_none_is_refused(cursor, platform):
    with pytest.raises(InvalidInput):
        selectors.market_page(MarketFilter(), at=NOW, cursor=cursor)


def test_a_row_shows_what_is_free_now(market):
    allocate(wants(market["h20"], 3, hours(0, 2)), wants(market["h20"], 1, hours(1, 2)))

    (row,) = selectors.market_page(MarketFilter(chips=("H20",)), at=NOW).rows
    (later,) = selectors.market_page(MarketFilter(chips=("H20",)), at=NOW + HOUR).rows

    assert (row.free_milli, row.free_percent) == (5000, 62)
    assert (later.free_milli, later.free_percent) == (4000, 50)
    full = MarketFilter(free_milli_min=5000, chips=("H20",))
    assert len(selectors.market_page(full, at=NOW).rows) == 1
    assert selectors.market_page(full, at=NOW + HOUR).rows == ()


def test_the_figures_never_add_unlike_units(market):
    allocate(wants(market["h20"], 3, hours(0, 2)))

    figures = selectors.figures(at=NOW)

    assert (figures.listings, figures.providers) == (5, 5)
    ai, general = figures.capacity
    assert (ai.resource_class, ai.unit, ai.listings) == ("AI", "card", 4)
    assert (ai.total_milli, ai.available_milli, ai.converted_listings) == (32_000, 29_000, 3)
    expected = 8 * Decimal("3.169872") + 8 + 5 * Decimal("0.474359")
    assert ai.available_standard == expected
    assert (general.unit, general.available_milli, general.available_standard) == (
        "vcpu",
        64_000,
        None,
    )


def test_the_market_page_costs_a_fixed_number_of_queries(market, django_assert_num_queries):
    selectors.counts(MarketFilter(), at=NOW)  # the whole is counted once for everybody
    # Keys, then their rows: joined before the sort, the whole market would be sorted.
    with django_assert_num_queries(4):
        selectors.market_page(MarketFilter(text="节点"), at=NOW)
    with django_assert_num_queries(2):
        selectors.facets(MarketFilter(price_max=Decimal(4), chips=("H20",)), at=NOW)
    with django_assert_num_queries(1):
        selectors.figures(at=NOW)


def test_the_cheapest_eligible_listing_comes_first(market):
    book = market["h20"].book_id
    found = selectors.cheapest_eligible(
        book_ids=[book], period=hours(0, 5), chips=("H100", "H20", "G2"), capacity_unit="card"
    )

    assert [listing.chip for listing in found] == ["NVIDIA H20", "openb G2", "NVIDIA H100 SXM"]


@pytest.mark.parametrize(
    ("text", "grams"),
    [("昇腾910B", ["10", "91", "0b", "昇腾", "腾9"]), ("a", []), ("  A b ", []), ("AB ab", ["ab"])],
)
def test_pairs_of_characters_stand_for_words(text, grams):
    assert rules.search_grams(text) == sorted(grams)


def test_listings_of_a_provider_are_newest_first():
    provider = organization()
    first, second = listed(provider), listed(provider)
    listed()

    assert [row.pk for row in selectors.listings_of(provider.pk)] == [second.pk, first.pk]
    assert timedelta(0) == second.opened_at - first.opened_at


@pytest.mark.parametrize(
    ("condition", "index", "ways"),
    [
        ({"search_grams__contains": ["训练"]}, "listing_by_grams", ["seqscan"]),
        ({"state": "OPEN", "sort_price__lte": 3}, "listing_by_price", ["seqscan", "sort"]),
    ],
)
def test_the_wall_between_tenants_leaves_the_indexes_usable(market, condition, index, ways):
    with connection.cursor() as cursor:
        # Few rows are always read whole, and sorted; without those ways the planner shows the next.
        for way in ways:
            cursor.execute(f"SET LOCAL enable_{way} = off")

    assert index in Listing.objects.filter(**condition).order_by("sort_price").explain()
