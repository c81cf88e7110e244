"""Reports, certificates and assessors to play with."""

import base64
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import clock, tenancy
from common.moments import market_date
from identity.contracts import Role
from metering.cloudevents import Message
from metering.verifying import selectors, services
from metering.verifying.contracts import Assessed, BenchmarkFigure
from metering.verifying.models import Challenge, CrossCheck
from tests import cast, factories

PROBE = "application/vnd.suanpan.probe+json"
NOW = cast.NOW
GOOD = (600, 601, 602, 603, 604, 605, 606)


class Site:
    """A provider's resource with a meter and the agent that signs for it."""

    def __init__(self, *, at: datetime = NOW, provider: Any = None, **facts: Any) -> None:
        self.at = at
        self.provider = provider or factories.OrganizationFactory(stem="Provider")
        with tenancy.acting_as(self.provider.pk):
            self.key = Ed25519PrivateKey.generate()
            self.agent = factories.AgentFactory(provider=self.provider, key=self.key)
            self.resource = factories.ResourceFactory(provider=self.provider, at=at, **facts)
            self.meter = factories.MeterFactory(
                provider=self.provider, resource=self.resource, agent_id=self.agent.pk, at=at
            )
        self.person = cast.member(self.provider, Role.PROVIDER)

    def report(self, values: Any = GOOD, *, name: str = "gpu_gemm_fp16", **changes: Any) -> bytes:
        at = changes.pop("at", self.at)
        said = {
            "format": "suanpan-probe-1",
            "benchmark": "suanpan-probe",
            "benchmark_version": "1",
            "resource": str(self.resource.pk),
            "challenge": "",
            "started_at": (at - timedelta(minutes=1)).isoformat(),
            "ended_at": at.isoformat(),
            "conditions": {"cpu": "Test", "load": "0.01"},
            "results": [{"name": name, "unit": "TFLOPS", "values": [str(v) for v in values]}],
        }
        return json.dumps(said | changes).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        signature = base64.b64encode(self.key.sign(body)).decode()
        return {"suanpan-agent": self.agent.key_id, "suanpan-signature": signature}

    def send(self, body: bytes | None = None, *, now: datetime | None = None, **changes: Any):
        body = body if body is not None else self.report(**changes)
        message = Message(content_type=PROBE, body=body, headers=self.headers(body))
        with tenancy.acting_as(self.provider.pk):
            return services.take_report(
                provider_id=self.provider.pk, message=message, now=now or self.at
            )

    def level(self) -> int:
        with tenancy.acting_as_platform():
            self.resource.refresh_from_db()
        return self.resource.verification_level


def assessor(*, now: datetime = NOW, organization: Any = None) -> Any:
    """Return an organisation that may assess."""
    organization = organization or factories.OrganizationFactory(stem="Lab")
    person = cast.member(factories.OrganizationFactory(), Role.OPERATOR)
    services.name_assessor(
        organization_id=organization.pk,
        accreditation="CNAS L0001",
        first_day=market_date(now) - timedelta(days=1),
        last_day=market_date(now) + timedelta(days=700),
        person_id=person.pk,
        now=now,
    )
    return organization


def said(value: str = "700", *, now: datetime = NOW, **changes: Any) -> Assessed:
    facts = {
        "benchmark": "MLPerf-like",
        "benchmark_version": "1.0",
        "figures": [BenchmarkFigure("gpu_gemm_fp16", "TFLOPS", Decimal(value), 7, Decimal("0.02"))],
        "conditions": {"room": "22 °C"},
        "measured_at": now - timedelta(days=1),
        "valid_days": 365,
    }
    return Assessed(**(facts | changes))


def asked(site: Site, lab: Any, *, now: datetime = NOW) -> Any:
    with tenancy.acting_as(site.provider.pk):
        return services.ask_assessment(
            resource_id=site.resource.pk,
            provider_id=site.provider.pk,
            person_id=site.person.pk,
            assessor_organization_id=lab.pk,
            note="",
            now=now,
        )


def recorded(made: Any, lab: Any, person: Any = None, **changes: Any) -> Any:
    person = person or cast.member(lab, Role.BUYER)
    now = changes.pop("now", NOW)
    with tenancy.acting_as(lab.pk):
        return services.record_assessment(
            assessment_id=made.pk,
            assessor_organization_id=lab.pk,
            person_id=person.pk,
            said=said(now=now, **changes),
            now=now,
        )


def granted(made: Any, person: Any = None, organization: Any = None, *, now: datetime = NOW) -> Any:
    organization = organization or factories.OrganizationFactory(stem="Market")
    person = person or cast.member(organization, Role.OPERATOR)
    return services.grant_assessment(
        assessment_id=made.pk,
        organization_id=organization.pk,
        person_id=person.pk,
        now=now,
    )


def assessed(site: Site, *, now: datetime = NOW) -> Any:
    """Give a resource level 3."""
    lab = assessor(now=now)
    return granted(recorded(asked(site, lab, now=now), lab, now=now), now=now)


def site_of(owner: Any, *, at: datetime) -> Site:
    """Return a new resource of an organisation that is there."""
    return Site(at=at, provider=owner)


def a_certificate_of(owner: Any) -> str:
    site = site_of(owner, at=clock.now())
    return str(site.send().certificate_id)


def an_assessment_of(owner: Any) -> str:
    now = clock.now()
    return str(asked(site_of(owner, at=now), assessor(now=now), now=now).pk)


def an_assessor_of(owner: Any) -> str:
    assessor(now=clock.now(), organization=owner)
    return str(selectors.assessors(clock.now()).get(organization_id=owner.pk).pk)


def one_of_each(owner: Any) -> None:
    """Let there be a row in every list of verification."""
    now = clock.now()
    site = site_of(owner, at=now)
    site.send()
    asked(site, assessor(now=now), now=now)
    with tenancy.acting_as_platform():
        Challenge.objects.create(
            resource=site.resource,
            provider=owner,
            day=market_date(now),
            nonce="0" * 64,
            opens_at=now - timedelta(hours=2),
            deadline_at=now - timedelta(hours=1),
            state="MISSED",
            settled_at=now,
        )
        CrossCheck.objects.create(
            resource=site.resource,
            provider=owner,
            day=market_date(now),
            rule="watts-1",
            rule_hash="0" * 64,
            verdict="UNKNOWN",
            evidence={},
            content_hash="0" * 64,
            checked_at=now,
        )
