"""What rooms below found opens a case of its provider, and adds to it, each finding once."""

import pytest

from common import tenancy
from identity.events import services as events
from marketplace.assurance import services
from marketplace.assurance.models import Case, CaseFact
from tests import factories
from tests.assurance.audits import Auditing
from tests.cast import NOW
from tests.frontier import beyond_other_databases


@pytest.fixture
def provider(fresh_database):
    with beyond_other_databases():
        yield factories.OrganizationFactory(stem="Provider")


def happen(provider, name, reference):
    facts = {"provider_id": str(provider.pk), "findings": ["paper_compute"]}
    with tenancy.acting_as_platform():
        events.record(
            [
                events.Event(
                    name=name,
                    object_kind="power_check",
                    object_id=reference,
                    object_label="2026-11-18",
                    facts=facts,
                    at=NOW,
                )
            ]
        )


def test_paper_compute_is_a_case_with_its_evidence_once(provider):
    happen(provider, "verifying.watts.found", "a")
    assert services.watch(now=NOW).opened == 1
    happen(provider, "verifying.watts.found", "a")
    happen(provider, "verifying.watts.found", "b")
    happen(provider, "verifying.challenge.failed", "c")

    run = services.watch(now=NOW)

    assert (run.opened, run.grown) == (1, 1)
    with tenancy.acting_as_platform():
        case = Case.objects.get(pattern="paper_compute")
        assert case.organization_ids == [provider.pk]
        assert CaseFact.objects.filter(case=case).count() == 2
        assert Case.objects.get(pattern="challenge_failed").known_facts.count() == 1


def test_capacity_that_an_audit_did_not_find_is_a_case(provider):
    auditing = Auditing(at=NOW, supplier=provider)
    audit = auditing.conclude(auditing.answer(auditing.asked()))

    assert services.watch(now=NOW).opened == 1
    with tenancy.acting_as_platform():
        case = Case.objects.get(pattern="capacity_audit")
        assert case.organization_ids == [provider.pk]
        fact = case.known_facts.get()
    assert (fact.label, fact.facts["conclusion"], fact.facts["pflops"]) == (
        audit.number,
        "LOWER",
        60,
    )
