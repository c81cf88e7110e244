"""Control looks at applications; what it finds waits for a person, with evidence, never silent."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction

from common import tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from marketplace.vouchers import control, selectors, services
from marketplace.vouchers.contracts import Decision, NoteMissing, SampleDrawn, SeedRefused
from marketplace.vouchers.control_contracts import (
    FIRST_RULES,
    ControlCode,
    FindingConfirmed,
    FindingDecided,
    FindingNotFound,
    FindingOpen,
    FindingState,
    InvalidContract,
    InvalidControlRule,
)
from marketplace.vouchers.models import ControlFinding, ControlRule
from tests.cast import member, officer, organization
from tests.orders.cast import NOW, buyer, programme, voucher
from tests.vouchers.controls import SELLER_USCC, asked, drafted, name, submit

C = ControlCode


def review(application, person, decision=Decision.APPROVE):
    with tenancy.acting_as_platform():
        return services.decide(
            application_id=application.pk,
            decision=decision,
            issuer_id=application.programme_version.programme.issuer_id,
            decided_by_id=person.pk,
            note="checked",
            now=NOW,
        )


def found(application=None) -> list[ControlFinding]:
    with tenancy.acting_as_platform():
        rows = selectors.control_findings().order_by("id")
        return list(rows if application is None else rows.filter(application=application))


def decide(finding, person, **facts):
    wanted = {"is_confirmed": False, "note": "looked at", "now": NOW}
    return services.decide_finding(
        finding_id=finding.pk, issuer_id=finding.issuer_id, person_id=person.pk, **wanted | facts
    )


@pytest.mark.django_db
class TestAFindingWaitsForAPerson:
    def test_a_contract_that_was_supported_before_blocks_both_reviews(self):
        city, owner = programme("1000"), buyer()
        first = asked(city, owner, "HT-2026/01")
        second = asked(city, owner, "ht 2026－０１")

        assert [each.code for each in found()] == [C.DOUBLE_SUBSIDY] * 2
        (of_second,) = found(second)
        assert of_second.evidence["application"] == first.number
        clerk = officer(city.issuer, Role.ISSUER)
        with pytest.raises(FindingOpen, match=of_second.number):
            review(second, clerk)
        decide(of_second, clerk)
        assert review(second, clerk).state == "REVIEWED"
        with pytest.raises(FindingOpen):
            review(first, clerk)

    def test_what_is_confirmed_is_not_approved_but_rejected_by_a_person(self):
        city, owner = programme("1000"), buyer()
        asked(city, owner, "HT-1")
        second = asked(city, owner, "HT-1")
        clerk = officer(city.issuer, Role.ISSUER)
        decide(found(second)[0], clerk, is_confirmed=True)

        with pytest.raises(FindingConfirmed):
            review(second, clerk)

        assert review(second, clerk, Decision.REJECT).state == "REJECTED"

    def test_contracts_of_one_day_and_one_amount_are_many_all_the_same(self):
        one = asked(programme("1000"), buyer(), "HT-1", "HT-2", "HT-3")

        (finding,) = found(one)

        assert (finding.code, finding.evidence["contracts"]) == (C.SPLIT_ORDER, 3)

    def test_what_only_queues_lets_the_review_go_and_holds_the_approval(self):
        city, owner = programme("1000"), buyer()
        one = asked(city, owner, "HT-1", "HT-2", "HT-3")
        clerk, other = (member(city.issuer, Role.ISSUER) for _n in range(2))
        assert [each.code for each in found(one)] == [C.SPLIT_ORDER]

        review(one, clerk)
        with pytest.raises(FindingOpen):
            review(one, other)
        decide(found(one)[0], other)

        assert review(one, other).state == "APPROVED"

    def test_what_is_found_after_the_approval_holds_the_issue(self):
        city, owner = programme("1000"), buyer()
        one = asked(city, owner, "HT-1")
        clerk, other = (member(city.issuer, Role.ISSUER) for _n in range(2))
        review(one, clerk)
        review(one, other)
        asked(city, owner, "HT-1")

        with tenancy.acting_as_platform(), pytest.raises(FindingOpen):
            services.issue_voucher(
                application_id=one.pk, issuer_id=city.issuer_id, issued_by_id=clerk.pk, now=NOW
            )

    def test_it_is_decided_once_for_a_reason_by_an_officer_of_the_issuer(self):
        city, owner = programme("1000"), buyer()
        asked(city, owner, "HT-1")
        one = asked(city, owner, "HT-1")
        (finding,) = found(one)
        clerk = officer(city.issuer, Role.ISSUER)

        with pytest.raises(NoteMissing):
            decide(finding, clerk, note=" ")
        with pytest.raises(FindingNotFound):
            services.decide_finding(
                finding_id=finding.pk,
                issuer_id=organization("Other").pk,
                person_id=clerk.pk,
                is_confirmed=False,
                note="x",
                now=NOW,
            )
        decide(finding, clerk)
        with pytest.raises(FindingDecided):
            decide(finding, clerk)
        with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
            ControlFinding.objects.filter(pk=finding.pk).update(state=FindingState.OPEN)

    def test_an_honest_application_is_not_held(self):
        city = programme("1000")
        voucher(buyer(), "100", city)
        voucher(buyer(), "100", city)

        assert found() == []


@pytest.mark.django_db
class TestWhatIsNotAContract:
    @pytest.mark.parametrize(
        "facts",
        [
            {"seller_uscc": "123"},
            {"number": "---"},
            {"number": "x" * 81},
            {"number": "ﷺ" * 80},
            {"amount_minor": 0},
            {"signed_on": date(1900, 1, 1)},
        ],
        ids=[
            "no code",
            "no number",
            "long number",
            "long once compared",
            "no amount",
            "no such day",
        ],
    )
    def test_is_refused(self, facts):
        made = drafted(programme("1000"), buyer())

        with pytest.raises(InvalidContract):
            name(made, **facts)

    def test_nor_what_is_named_too_late(self):
        one = asked(programme("1000"), buyer(), "HT-1")

        with pytest.raises(InvalidContract):
            name(one, number="HT-2")

    def test_the_same_again_changes_nothing(self):
        made = drafted(programme("1000"), buyer(), "HT-1")

        assert name(made, number="ht 1").pk == name(made).pk


def listed(path, text) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.django_db
class TestListsAreBroughtIn:
    def test_one_who_is_listed_as_dishonest_later_is_held_then(self, tmp_path):
        city, owner = programme("1000"), buyer()
        one = asked(city, owner, "HT-1")
        file = listed(
            tmp_path / "list.csv", f"uscc,reference,listed_on\n{owner.uscc},(2026)1,2026-11-01\n"
        )

        for _n in range(2):
            call_command("control", "dishonest", file, source="court")

        (finding,) = found(one)
        assert (finding.code, finding.evidence["source"]) == (C.DISHONEST, "court")

    def test_applicant_and_seller_of_one_telephone_are_related_while_it_is_theirs(self, tmp_path):
        city, owner = programme("1000"), buyer()
        file = listed(
            tmp_path / "marks.csv",
            "uscc,kind,value,valid_from,valid_to\n"
            f"{owner.uscc},PHONE,0931-555 01,2020-01-01,\n"
            f"{SELLER_USCC},phone,093155501,2020-01-01,\n"
            f"{owner.uscc},ADDRESS,1 Road,2020-01-01,2021-01-01\n"
            f"{SELLER_USCC},ADDRESS,1 Road,2020-01-01,\n",
        )
        call_command("control", "marks", file, source="register")

        (finding,) = found(asked(city, owner, "HT-1"))

        assert finding.code == C.RELATED_SUPPLIER
        assert finding.evidence["by"] == ["PHONE"]

    def test_a_bad_line_leaves_the_whole_list_out_and_is_named(self, tmp_path):
        file = listed(
            tmp_path / "marks.csv",
            f"uscc,kind,value,valid_from\n123,PHONE,1,2020-01-01\n{SELLER_USCC},FAX,1,2020-01-01\n",
        )

        with pytest.raises(CommandError, match=r"line 2: .*line 3"):
            call_command("control", "marks", file, source="register")

    def test_cities_know_a_contract_again_by_blinded_fingerprints(self, tmp_path, settings):
        settings.VOUCHERS_EXCHANGE_SECRETS = {"west": "agreed"}
        city, owner = programme("1000"), buyer()
        one = asked(city, owner, "HT-1")
        export = tmp_path / "out.csv"
        call_command("control", "export", str(export), exchange="west", city="Chengdu")
        text = export.read_text(encoding="utf-8-sig")
        assert owner.uscc not in text
        assert "HT" not in text

        call_command("control", "supports", str(export), exchange="west")

        (finding,) = found(one)
        assert (finding.code, finding.evidence["city"]) == (C.DOUBLE_SUBSIDY, "Chengdu")
        with pytest.raises(CommandError):
            call_command("control", "supports", str(export), exchange="east")


@pytest.mark.django_db
class TestRulesAreData:
    def test_the_rules_that_are_installed_are_the_ones_that_are_tried(self):
        with tenancy.acting_as_platform():
            rows = selectors.control_rules(at=NOW)

        assert [(r.code, r.version, r.severity, r.parameters) for r in rows] == [
            (r.code, r.version, r.severity, r.parameters) for r in FIRST_RULES
        ]

    def test_another_version_takes_two_operators_and_counts_from_then_on(self):
        desk = organization("Office")
        first, second = (member(desk, Role.OPERATOR) for _n in range(2))
        proposed = services.propose_control_rule(
            code=C.SPLIT_ORDER,
            severity="QUEUE",
            parameters={"days": 7, "contracts": 5},
            reason="fewer",
            by=Person(first.pk, desk.pk),
            now=NOW,
        )
        with pytest.raises(SecondPersonRequired):
            services.publish_control_rule(
                proposal_id=proposed.id, person_id=first.pk, organization_id=desk.pk, now=NOW
            )
        services.publish_control_rule(
            proposal_id=proposed.id, person_id=second.pk, organization_id=desk.pk, now=NOW
        )

        assert found(asked(programme("1000"), buyer(), "HT-1", "HT-2", "HT-3")) == []
        with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
            ControlRule.objects.create(
                code=C.DISHONEST, version=9, severity="QUEUE", valid_from=NOW, reason="alone"
            )

    @pytest.mark.parametrize("parameters", [{}, {"days": 7}, {"days": 0, "contracts": 3}])
    def test_numbers_keep_to_their_limits(self, parameters):
        desk = organization("Office")

        with pytest.raises(InvalidControlRule):
            services.propose_control_rule(
                code=C.SPLIT_ORDER,
                severity="QUEUE",
                parameters=parameters,
                reason="x",
                by=Person(member(desk, Role.OPERATOR).pk, desk.pk),
                now=NOW,
            )


@pytest.mark.django_db
def test_a_sample_is_drawn_by_the_seed_that_was_committed_to_and_anybody_draws_it_again():
    city = programme("100000")
    clerk = officer(city.issuer, Role.ISSUER)
    with tenancy.acting_as_platform():
        voucher(buyer(), "1", city, issued_at=NOW)  # Before the commitment: not drawn from.
        sample, seed = services.commit_sample(
            programme_id=city.pk, percent=30, by=Person(clerk.pk, city.issuer_id), now=NOW
        )
        later = NOW.replace(hour=NOW.hour + 1)
        numbers = {voucher(buyer(), "1", city, issued_at=later).number for _n in range(5)}
        facts = {"sample_id": sample.pk, "issuer_id": city.issuer_id, "now": later}
        for other in ("00" * 32, "no seed"):
            with pytest.raises(SeedRefused):
                services.draw_sample(seed=other, **facts)

        done = services.draw_sample(seed=seed, **facts)

        assert set(done.names) == numbers
        assert len(done.drawn) == 2
        assert done.drawn == control.drawn(bytes.fromhex(done.seed), done.names, count=2)
        assert control.commitment(bytes.fromhex(done.seed)) == sample.commitment
        with pytest.raises(SampleDrawn):
            services.draw_sample(seed=seed, **facts)


def test_of_two_that_hand_the_same_contract_in_at_one_instant_both_are_named(
    fresh_database, django_db_blocker
):
    with django_db_blocker.unblock():
        city, owner = programme("1000"), buyer()
        rows = [drafted(city, owner, "HT-1") for _n in range(4)]
        start = threading.Barrier(len(rows))

        def hand_in(row):
            try:
                start.wait(timeout=30)
                submit(row)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(rows)) as pool:
            list(pool.map(hand_in, rows))

        assert len(found()) == 4 * 3, "each of the four is named with each of the others"
