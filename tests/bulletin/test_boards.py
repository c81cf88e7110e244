"""Figures that are taken once for everybody: what they say, and who can read them."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from common import tenancy
from identity.contracts import Role
from marketplace.bulletin import boards, wall_links
from marketplace.bulletin.board_contracts import (
    LINKS_LIVE_MAX,
    STALE_AFTER,
    Alarm,
    BoardKind,
    InvalidWallLink,
    LinkState,
    PublicTrade,
    TooManyWallLinks,
    WallLinkNotFound,
)
from marketplace.bulletin.models import Board, WallLink
from tests import factories
from tests.cast import member, organization

pytestmark = pytest.mark.django_db
NOW = timezone.now()  # the database ends links by its own clock


def told(provider, *, name="AI", minutes=0):
    at = NOW - timedelta(minutes=minutes)
    return provider, PublicTrade(at, name, "BARE_METAL", "ZHW", Decimal(8), Decimal("3.4000"))


def operator():
    return member(organization("Operator"), Role.OPERATOR)


# --- What is told of single trades ---------------------------------------------------------------
def test_trades_of_three_by_two_firms_are_told():
    found = boards.newest_board([told("A"), told("B", minutes=1), told("A", minutes=2)])

    assert (len(found.shown), found.held_back) == (3, 0)


def test_trades_that_would_tell_what_single_firms_agreed_on_are_held_back():
    of_one_firm = [told("A"), told("A"), told("A")]
    two_alone = [told("A", name="HPC"), told("B", name="HPC")]

    found = boards.newest_board([*of_one_firm, *two_alone])

    assert (found.shown, found.held_back) == ((), 5)


def test_the_newest_trades_are_told_first_and_no_more_than_fit():
    found = boards.newest_board([told(f"P{at}", minutes=30 - at) for at in range(12)])

    assert len(found.shown) == 8
    assert [trade.at for trade in found.shown] == sorted(
        (trade.at for trade in found.shown), reverse=True
    )


# --- What is taken -------------------------------------------------------------------------------
def test_the_figures_of_a_market_with_one_listing():
    factories.ListingFactory(resource__cards=8)

    boards.take(now=NOW)

    shown = boards.public()
    assert shown is not None
    assert shown.taken_at == NOW
    (line,) = shown.content.hubs
    assert (line.listings, line.total_milli, line.free_milli) == (1, 8_000, 8_000)
    assert line.free_percent == 100
    assert shown.content.listings == 1
    assert shown.content.books.difference_minor == 0


def test_an_empty_market_has_figures_too():
    boards.take(now=NOW)

    shown = boards.public()
    assert shown is not None
    assert shown.content.hubs == ()
    assert shown.content.day.gross_minor is None
    assert not shown.content.newest.shown


def test_figures_are_written_over_and_not_kept():
    boards.take(now=NOW)
    boards.take(now=NOW + timedelta(seconds=10))

    shown = boards.public()
    assert shown is not None
    assert shown.taken_at == NOW + timedelta(seconds=10)
    with tenancy.acting_as_platform():
        assert Board.objects.count() == 2


def test_old_figures_are_known_to_be_old():
    boards.take(now=NOW)

    shown = boards.public()
    assert shown is not None
    assert not shown.is_stale(NOW + STALE_AFTER)
    assert shown.is_stale(NOW + STALE_AFTER + timedelta(seconds=1))


def test_the_wall_has_sixty_minutes_and_the_alarms_that_were_posted():
    boards.take(now=NOW)
    boards.post_alarms([Alarm("worker", 1, NOW)], now=NOW)

    with tenancy.acting_as_platform():
        shown = boards.wall()

    assert shown.wall is not None
    assert len(shown.wall.content.minutes) == 60
    assert shown.alarms is not None
    assert shown.alarms.content.alarms == (Alarm("worker", 1, NOW),)


# --- Who can read it -----------------------------------------------------------------------------
def test_nobody_reads_the_public_board_and_no_other():
    boards.take(now=NOW)
    tenancy.enter("")

    assert list(Board.objects.values_list("kind", flat=True)) == [BoardKind.PUBLIC]
    assert boards.wall().wall is None


def test_nobody_writes_a_board():
    boards.take(now=NOW)
    tenancy.enter("")

    assert Board.objects.update(content={}) == 0
    with pytest.raises(ProgrammingError), transaction.atomic():
        Board.objects.create(kind=BoardKind.ALARMS, taken_at=NOW, content={})


def test_a_board_is_not_taken_away():
    boards.take(now=NOW)
    with tenancy.acting_as_platform(), pytest.raises(ProgrammingError), transaction.atomic():
        Board.objects.all().delete()


# --- Links to the big screen ---------------------------------------------------------------------
def test_whoever_has_a_live_link_sees_the_wall_and_nothing_else():
    issued = wall_links.issue(label="Hall", days=30, issued_by_id=operator().pk, now=NOW)
    boards.take(now=NOW)
    tenancy.enter("")

    shown = boards.wall_by(wall_links.hash_of(issued.token))

    assert shown is not None
    assert shown.wall is not None
    assert tenancy.current() == ""
    assert not WallLink.objects.exists()


def test_a_live_link_leads_somewhere_before_any_figures_are_taken():
    issued = wall_links.issue(label="Hall", days=1, issued_by_id=operator().pk, now=NOW)

    shown = boards.wall_by(wall_links.hash_of(issued.token))

    assert shown is not None
    assert shown.wall is None


def test_the_token_itself_is_kept_nowhere():
    issued = wall_links.issue(label="Hall", days=30, issued_by_id=operator().pk, now=NOW)

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT l::text FROM bulletin_walllink l")
        (row,) = cursor.fetchone()

    assert issued.token not in row
    assert wall_links.hash_of(issued.token) in row


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "' OR true --", "*"])
def test_a_guessed_link_leads_nowhere(token):
    wall_links.issue(label="Hall", days=30, issued_by_id=operator().pk, now=NOW)
    boards.take(now=NOW)

    assert boards.wall_by(wall_links.hash_of(token)) is None
    assert boards.wall_by(token) is None


def test_a_link_that_is_over_leads_nowhere():
    person = operator()
    issued = wall_links.issue(
        label="Hall", days=1, issued_by_id=person.pk, now=NOW - timedelta(days=2_000)
    )
    boards.take(now=NOW)

    assert boards.wall_by(wall_links.hash_of(issued.token)) is None
    with tenancy.acting_as_platform():
        (link,) = wall_links.links()
        assert wall_links.state_of(link, now=NOW) == LinkState.EXPIRED


def test_a_revoked_link_leads_nowhere_and_stays_revoked():
    person, other = operator(), member(organization("Other operator"), Role.OPERATOR)
    issued = wall_links.issue(label="Hall", days=30, issued_by_id=person.pk, now=NOW)
    boards.take(now=NOW)

    wall_links.revoke(link_id=issued.id, revoked_by_id=person.pk, now=NOW)
    again = wall_links.revoke(link_id=issued.id, revoked_by_id=other.pk, now=NOW)

    assert again.revoked_by_id == person.pk
    assert boards.wall_by(wall_links.hash_of(issued.token)) is None
    with tenancy.acting_as_platform():
        unrevoked = WallLink.objects.filter(pk=issued.id)
        with pytest.raises(IntegrityError), transaction.atomic():
            unrevoked.update(revoked_at=None, revoked_by=None)


def test_of_a_link_nothing_changes_but_that_it_is_revoked():
    issued = wall_links.issue(label="Hall", days=30, issued_by_id=operator().pk, now=NOW)

    with tenancy.acting_as_platform(), pytest.raises(ProgrammingError), transaction.atomic():
        WallLink.objects.filter(pk=issued.id).update(expires_at=NOW + timedelta(days=300))
    with tenancy.acting_as_platform(), pytest.raises(ProgrammingError), transaction.atomic():
        WallLink.objects.filter(pk=issued.id).delete()


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_link_ends_within_a_year(days):
    with pytest.raises(InvalidWallLink):
        wall_links.issue(label="Hall", days=days, issued_by_id=operator().pk, now=NOW)


def test_links_that_are_live_are_bounded():
    person = operator()
    with tenancy.acting_as_platform():
        WallLink.objects.bulk_create(
            WallLink(
                label="Hall",
                link_hash=wall_links.hash_of(str(at)),
                issued_at=NOW,
                issued_by=person,
                expires_at=NOW + timedelta(days=1),
            )
            for at in range(LINKS_LIVE_MAX)
        )

    with pytest.raises(TooManyWallLinks):
        wall_links.issue(label="Hall", days=1, issued_by_id=person.pk, now=NOW)


def test_there_is_nothing_to_revoke_where_there_is_no_link():
    with pytest.raises(WallLinkNotFound):
        wall_links.revoke(link_id=uuid4(), revoked_by_id=operator().pk, now=NOW)


def test_issuing_and_revoking_are_recorded():
    person = operator()
    issued = wall_links.issue(label="Hall", days=30, issued_by_id=person.pk, now=NOW)
    wall_links.revoke(link_id=issued.id, revoked_by_id=person.pk, now=NOW)

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, facts::text FROM events_event WHERE object_kind = 'wall_link' ORDER BY id"
        )
        rows = cursor.fetchall()

    assert [name for name, _facts in rows] == [
        "bulletin.wall_link.issued",
        "bulletin.wall_link.revoked",
    ]
    assert issued.token not in str(rows)
