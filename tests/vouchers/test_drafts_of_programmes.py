"""Drafts: kept as far as they are known, checked by file, proposed once they are whole."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from common import clock, tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace import accounts
from marketplace.vouchers import drafting, programme_rules, services, trying
from marketplace.vouchers.contracts import InvalidProgrammeRules, ProgrammeNotFound
from marketplace.vouchers.models import ProgrammeDraft
from tests.cast import member, organization
from tests.vouchers.published import rules_2, share

EXAMPLE = {
    "title": "An SME of the city",
    "at": "2026-11-20T12:00:00+08:00",
    "holder": {"region": "510104"},
    "lines": [{"kind": "COMPUTE", "amount_minor": 10_000_000}],
    "expected_minor": 6_000_000,
}


def draft(**changes):
    return {
        "code": "CD-2026",
        "name": "成都算力券",
        "region": "510100",
        "source": "川府发〔2025〕1号",
        "rules": rules_2(),
        "examples": [EXAMPLE],
    } | changes


def run(tmp_path, act, content, *more):
    file = tmp_path / "programme.json"
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    file.write_text(text, encoding="utf-8")
    out, code = StringIO(), 0
    try:
        call_command("programme", act, str(file), *more, stdout=out)
    except CommandError as error:
        out.write(str(error))
        code = error.returncode
    return code, out.getvalue()


def test_what_is_wrong_in_a_file_is_told_by_line_and_member(tmp_path):
    code, told = run(tmp_path, "check", draft(rules=rules_2(rates=[share("60%")])))

    line = next(row for row in told.splitlines() if "share" in row)
    number = int(line.split(":")[1])
    lines = (tmp_path / "programme.json").read_text().splitlines()
    assert code == 1
    assert "60%" in lines[number - 1]
    assert "rules.rates.0.share" in line


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "programme.json:1: no JSON"), ("[" * 100_000, "nested too deep"), ("\n\n[1,]", ":3:")],
    ids=["cut off", "deep", "comma"],
)
def test_a_file_that_is_no_json_is_refused(tmp_path, text, told):
    code, said = run(tmp_path, "check", text)

    assert (code, told in said) == (2, True)


def test_check_says_why_a_draft_is_not_publishable(tmp_path):
    rules = rules_2()
    del rules["payee"]

    code, told = run(tmp_path, "check", draft(rules=rules))

    assert code == 1
    assert "rules.payee: not publishable, because" in told
    assert "第14条" in told


@pytest.mark.django_db
def test_simulate_runs_the_worked_examples(tmp_path):
    right = run(tmp_path, "simulate", draft())
    wrong = run(tmp_path, "simulate", draft(examples=[EXAMPLE | {"expected_minor": 1}]))

    assert right[0] == 0
    assert "who meets every rule gets 6000000 of 10000000 fen" in right[1]
    assert wrong[0] == 1
    assert "WRONG: An SME of the city: expected 1, got 6000000" in wrong[1]


@pytest.mark.django_db
def test_load_keeps_drafts_of_a_public_list_twice_without_doubling(tmp_path):
    issuer = organization("Issuer")
    entry = {
        "place": "成都",
        "gbt2260": "510100",
        "name": "若干政策",
        "rate": "0.60",
        "mode": "offset",
    }

    once = run(tmp_path, "load", [entry], "--issuer", issuer.uscc)
    again = run(tmp_path, "load", [entry], "--issuer", issuer.uscc)
    nobody = run(tmp_path, "load", [entry])

    assert (once[0], again[0], nobody[0]) == (0, 0, 2)
    assert "P510100: draft 2 kept, not publishable" in again[1]
    with tenancy.acting_as_platform():
        assert ProgrammeDraft.objects.get().rules["rates"][0]["share"] == "0.60"


@pytest.mark.django_db
def test_diff_says_what_changes_and_whether_it_is_worse(tmp_path, market_programme):
    code, told = run(
        tmp_path, "diff", draft(code=market_programme.code, rules=rules_2(validity_days=30))
    )

    assert code == 0
    assert "validity_days: 365 -> 30" in told
    assert "seven days' notice" in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "payee", "reason"),
    [
        ("OFFSET", "BUYER", "vouchers that pay at clearing are claimed by providers"),
        ("BOTH", "BUYER", "vouchers that pay at clearing are claimed by providers"),
        ("EX_POST", "PROVIDER", "what is reimbursed afterwards is paid to buyers"),
        ("BOTH", "PROVIDER", "what is reimbursed afterwards is paid to buyers"),
    ],
)
def test_rules_that_could_be_granted_and_never_paid_are_not_published(
    tmp_path, mode, payee, reason
):
    rules = rules_2(mode=mode, payee=payee)
    issuer = organization("Issuer")

    code, told = run(tmp_path, "check", draft(rules=rules))
    with pytest.raises(InvalidProgrammeRules) as refused:
        services.propose_programme(
            code="NEVER-PAID",
            name="券",
            name_en="",
            region="510100",
            rules_data=rules,
            source="s",
            by=Person(member(issuer, Role.ISSUER).pk, issuer.pk),
            now=clock.now(),
        )

    assert code == 1
    assert f"rules.payee: not publishable, because {reason}" in told
    assert "第14条" in told
    assert refused.value.facts["path"] == "payee"
    assert programme_rules.parse(rules).terms.payee == payee  # What stands is still read.


@pytest.fixture
def officer():
    issuer = organization("Issuer")
    return Person(member(issuer, Role.ISSUER).pk, issuer.pk)


@pytest.fixture
def market_programme(officer):
    accounts.install_chart()
    with tenancy.acting_as_platform():
        kept = services.save_draft(draft(), issuer_id=officer.organization_id, now=clock.now())
        proposed = services.propose_draft(draft_id=kept.pk, by=officer, now=clock.now())
        issuer = kept.issuer
        second = member(issuer, Role.ISSUER)
        return services.create_programme(
            proposal_id=proposed.id,
            person_id=second.pk,
            organization_id=issuer.pk,
            now=clock.now(),
        )


@pytest.mark.django_db
def test_a_whole_draft_is_published_by_two_people_under_version_2(market_programme):
    with tenancy.acting_as_platform():
        version = market_programme.versions.get()

    assert version.rules["schema"] == 2
    assert version.rules["clauses"]["rates"]["number"] == "第10条"


@pytest.mark.django_db
def test_a_draft_that_is_not_whole_or_whose_example_fails_is_not_proposed(officer):
    lacking = rules_2()
    del lacking["payee"]
    for change, refusal in (
        ({"rules": lacking}, drafting.DraftNotReady),
        ({"examples": [EXAMPLE | {"expected_minor": 1}]}, trying.ExampleFails),
    ):
        with tenancy.acting_as_platform():
            kept = services.save_draft(
                draft(**change), issuer_id=officer.organization_id, now=clock.now()
            )
            with pytest.raises(refusal) as refused:
                services.propose_draft(draft_id=kept.pk, by=officer, now=clock.now())

    assert refused.value.facts["expected"] == 1
    assert refused.value.facts["got"] == 6_000_000


@pytest.mark.django_db
def test_two_who_save_at_once_do_not_overwrite_each_other(officer):
    issuer_id, now = officer.organization_id, clock.now()
    with tenancy.acting_as_platform():
        first = services.save_draft(draft(), issuer_id=issuer_id, now=now)
        services.save_draft(draft(), issuer_id=issuer_id, now=now, revision=first.revision)

        with pytest.raises(drafting.DraftChanged):
            services.save_draft(draft(), issuer_id=issuer_id, now=now, revision=first.revision)
        with pytest.raises(InvalidProgrammeRules):
            services.save_draft(draft(code="no code"), issuer_id=issuer_id, now=now)
        with pytest.raises(ProgrammeNotFound):
            services.propose_draft(
                draft_id=first.pk, by=Person(officer.id, organization("Other").pk), now=now
            )
