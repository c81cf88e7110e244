"""Real threads on PostgreSQL: withdraw, revoke and issue at one instant, and the last grants."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connections

from common import tenancy
from common.errors import Refusal
from identity.contracts import Role
from marketplace.vouchers import caps, locks, programme_rules, selectors, services
from marketplace.vouchers.batch_files import BatchRow
from marketplace.vouchers.contracts import ApplicationState, Decision, ProgrammeCapReached
from marketplace.vouchers.models import Application, Programme, Voucher
from tests.cast import member, officer
from tests.factories.trade import approved
from tests.orders import cast
from tests.orders.cast import NOW, buyer, programme
from tests.vouchers.cast import yuan
from tests.vouchers.published import rules_2

S = ApplicationState
OWNERS = 12


def at_once(acts: Sequence[Callable[[], object]]) -> list[str]:
    """Do everything at the same moment; return what each was refused with, or nothing."""
    start = threading.Barrier(len(acts))

    def act(number: int) -> str:
        try:
            start.wait(timeout=30)
            with tenancy.acting_as_platform():
                acts[number]()
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, range(len(acts))))


def asked(city, owner, amount="100"):
    return approved(
        services.apply(
            programme_id=city.pk,
            applicant_id=owner.pk,
            amount_minor=yuan(amount),
            purpose="",
            applied_by_id=officer(owner, Role.BUYER).pk,
            now=NOW,
        )
    )


def issuing(application, person):
    def act() -> object:
        return services.issue_voucher(
            application_id=application.pk,
            issuer_id=application.programme_version.programme.issuer_id,
            issued_by_id=person.pk,
            now=NOW,
        )

    return act


def withdrawing(application):
    return lambda: services.withdraw_application(
        application_id=application.pk,
        applicant_id=application.applicant_id,
        person_id=application.applied_by_id,
        now=NOW,
    )


def revoking(application, person):
    return lambda: services.revoke_approval(
        application_id=application.pk,
        issuer_id=application.programme_version.programme.issuer_id,
        revoked_by_id=person.pk,
        note="too late",
        now=NOW,
    )


def test_of_withdrawing_revoking_and_issuing_at_one_instant_one_happens(
    fresh_database, django_db_blocker
):
    with django_db_blocker.unblock():
        with tenancy.acting_as_platform():
            city = programme("1000")
            one = asked(city, buyer())
            clerk = officer(city.issuer, Role.ISSUER)

        said = at_once(
            [issuing(one, clerk), withdrawing(one), revoking(one, clerk), issuing(one, clerk)]
        )

        with tenancy.acting_as_platform():
            state = Application.objects.get(pk=one.pk).state
            issued = Voucher.objects.count()
        assert sorted(said) == ["", *["application_already_decided"] * 3]
        assert state in {S.ISSUED, S.WITHDRAWN, S.REVOKED}
        assert issued == (state == S.ISSUED)
        assert cast.pool(city) == yuan("1000") - issued * yuan("100")


@pytest.mark.parametrize("grants", [1, 7])
def test_the_last_grants_of_a_pool_go_to_exactly_as_many(fresh_database, django_db_blocker, grants):
    with django_db_blocker.unblock():
        with tenancy.acting_as_platform():
            city = programme(str(100 * grants))
            clerk = officer(city.issuer, Role.ISSUER)
            rows = [asked(city, buyer()) for _n in range(OWNERS)]

        said = at_once([issuing(each, clerk) for each in rows])

        assert said.count("") == grants
        assert set(said) == {"", "programme_exhausted"}
        assert cast.pool(city) == 0
        with tenancy.acting_as_platform():
            assert Application.objects.filter(state=S.ISSUED).count() == grants


def granted_of_a_cap(cap: int) -> tuple[int, int]:
    """Let one holder's applications race for what its yearly cap leaves; count and sum."""
    with tenancy.acting_as_platform():
        city = programme("100000", per_entity_year_cap_minor=yuan(str(cap)))
        clerk, owner = officer(city.issuer, Role.ISSUER), buyer()
        rows = [asked(city, owner) for _n in range(OWNERS)]
    said = at_once([issuing(each, clerk) for each in rows])
    with tenancy.acting_as_platform():
        return said.count(""), sum(Voucher.objects.values_list("face_minor", flat=True))


def test_a_yearly_cap_is_kept_to_the_fen(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        assert granted_of_a_cap(500) == (5, yuan("500"))


def test_without_the_lock_of_the_programme_the_cap_is_broken(
    fresh_database, django_db_blocker, monkeypatch
):
    """The negative control: without its lock, the race of the test above happens."""
    together = threading.Barrier(OWNERS)

    def unlocked(*, programme_id, issuer_id):
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=10)
        return Programme.objects.get(pk=programme_id, issuer_id=issuer_id)

    with django_db_blocker.unblock():
        monkeypatch.setattr(locks, "programme", unlocked)
        count, _total = granted_of_a_cap(500)

        assert count > 5, "the race did not happen: the test above would prove nothing"


SHARED = {
    "programme": {"limits": {"programme_minor": 500_00}},
    "year": {"budget": [{"year": 2026, "quarter": None, "amount_minor": 500_00}]},
    "quarter": {
        "budget": [
            {"year": 2026, "quarter": None, "amount_minor": 10_000_00},
            {"year": 2026, "quarter": 4, "amount_minor": 500_00},
        ]
    },
    "window": {
        "windows": [{"opens": "2026-01-01T00:00:00+08:00", "closes": None, "cap_minor": 500_00}]
    },
}


@pytest.mark.parametrize("cap", SHARED)
def test_what_all_holders_share_is_granted_to_the_fen(fresh_database, django_db_blocker, cap):
    with django_db_blocker.unblock():
        with tenancy.acting_as_platform():
            city = programme("100000", **rules_2(publicity_days=0, **SHARED[cap]))
            clerk = officer(city.issuer, Role.ISSUER)
            rows = [asked(city, buyer()) for _n in range(OWNERS)]

        said = at_once([issuing(each, clerk) for each in rows])

        assert said.count("") == 5
        assert set(said) == {"", "programme_cap_reached"}
        with tenancy.acting_as_platform():
            assert sum(Voucher.objects.values_list("face_minor", flat=True)) == yuan("500")


CROWD = 64
TWO_QUARTERS = {
    "budget": [
        {"year": 2026, "quarter": 4, "amount_minor": 700_00},
        {"year": 2027, "quarter": 1, "amount_minor": 100_00},
    ]
}


def granted_of_a_quarter() -> tuple[int, int, list[str]]:
    """Let a crowd race for the 700 yuan of a quarter; how many got how much, and what was said."""
    with tenancy.acting_as_platform():
        city = programme("100000", **rules_2(publicity_days=0, **TWO_QUARTERS))
        clerk = officer(city.issuer, Role.ISSUER)
        rows = [asked(city, buyer()) for _n in range(CROWD)]
    said = at_once([issuing(each, clerk) for each in rows])
    with tenancy.acting_as_platform():
        return said.count(""), sum(Voucher.objects.values_list("face_minor", flat=True)), said


@pytest.mark.slow
def test_sixty_four_fill_a_quarter_to_the_fen(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        count, total, said = granted_of_a_quarter()

        assert (count, total) == (7, yuan("700"))
        assert set(said) == {"", "programme_cap_reached"}


@pytest.mark.slow
def test_without_the_lock_sixty_four_break_the_quarter(
    fresh_database, django_db_blocker, monkeypatch
):
    """The negative control of the test above."""
    together = threading.Barrier(CROWD)

    def unlocked(*, programme_id, issuer_id):
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=20)
        return Programme.objects.get(pk=programme_id, issuer_id=issuer_id)

    with django_db_blocker.unblock():
        monkeypatch.setattr(locks, "programme", unlocked)
        count, _total, _said = granted_of_a_quarter()

        assert count > 7, "the race did not happen: the test above would prove nothing"


@pytest.mark.django_db
def test_who_meets_a_full_quarter_is_told_when_the_next_opens():
    with tenancy.acting_as_platform():
        city = programme("100000", **rules_2(publicity_days=0, **TWO_QUARTERS))
        clerk = officer(city.issuer, Role.ISSUER)
        issuing(asked(city, buyer(), "700"), clerk)()
        with pytest.raises(ProgrammeCapReached) as refused:
            issuing(asked(city, buyer(), "0.01"), clerk)()
        periods = selectors.budget_periods(
            programme_id=city.pk, rules=programme_rules.parse(city.versions.get().rules)
        )

    assert refused.value.facts["next"] == caps.next_words(
        programme_rules.parse(city.versions.get().rules), at=NOW
    )
    assert "2027-01-01" in str(refused.value)
    assert [(each.granted_minor, each.left_minor) for each in periods] == [
        (700_00, 0),
        (0, 100_00),
    ]


def test_of_two_batches_on_the_last_of_a_pool_one_is_issued_whole(
    fresh_database, django_db_blocker
):
    with django_db_blocker.unblock():
        with tenancy.acting_as_platform():
            city = programme("100")
            first, second = (member(city.issuer, Role.ISSUER) for _each in range(2))
            batches = [batch_approved(city, name, first, second) for name in ("A", "B")]

        said = at_once([batch_issuing(each, second) for each in batches])

        assert sorted(said) == ["", "programme_exhausted"]
        assert cast.pool(city) == yuan("20")
        with tenancy.acting_as_platform():
            assert Voucher.objects.count() == 2


def batch_approved(city, name, first, second):
    school = buyer()
    made = services.apply_batch(
        programme_id=city.pk,
        made_for=school.pk,
        name=name,
        rows=[BatchRow(place, f"Student {place}", yuan("40")) for place in (1, 2)],
        person_id=officer(school, Role.BUYER).pk,
        now=NOW,
    )
    for person in (first, second):
        services.decide_batch(
            batch_id=made.pk,
            issuer_id=city.issuer_id,
            decided_by_id=person.pk,
            decision=Decision.APPROVE,
            note="",
            now=NOW,
        )
    return made


def batch_issuing(batch, person):
    return lambda: services.issue_batch(
        batch_id=batch.pk,
        issuer_id=batch.programme.issuer_id,
        issued_by_id=person.pk,
        now=NOW,
    )


def test_officers_who_issue_in_sets_at_once_grant_each_once_and_no_more_than_there_is(
    fresh_database, django_db_blocker
):
    with django_db_blocker.unblock():
        with tenancy.acting_as_platform():
            city = programme("700")
            clerk = officer(city.issuer, Role.ISSUER)
            rows = [asked(city, buyer()) for _n in range(OWNERS)]
        done = []

        def issue() -> None:
            done.extend(
                services.issue_vouchers(
                    application_ids=[each.pk for each in rows],
                    issuer_id=city.issuer_id,
                    issued_by_id=clerk.pk,
                    now=NOW,
                )
            )

        assert at_once([issue, issue, issue]) == ["", "", ""]

        codes = {each.refusal.code for each in done if each.refusal}
        assert sum(each.voucher is not None for each in done) == 7
        assert codes == {"programme_exhausted", "application_already_decided"}
        assert cast.pool(city) == 0
        with tenancy.acting_as_platform():
            assert Application.objects.filter(state=S.ISSUED).count() == 7
