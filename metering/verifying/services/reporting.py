"""A probe's report comes from an agent: signed, judged by the rule, and kept byte for byte."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from common import tenancy
from identity import selectors as identity_selectors
from identity.contracts import ResourceStatus
from identity.events import services as events
from identity.rows import AgentRow, ResourceRow
from metering import selectors as metering_selectors
from metering import signatures
from metering.cloudevents import Message
from metering.verifying import reports, rules
from metering.verifying.contracts import Level, ProbeJudgement, ProbeReportInvalid, ReportProblem
from metering.verifying.event_names import VerifyingEvent
from metering.verifying.models import Certificate, Challenge, ProbeReport
from metering.verifying.reports import ProbeDocument
from metering.verifying.services import challenging, standing
from metering.verifying.services.certificates import write_certificate


@dataclass(frozen=True, slots=True)
class _Read:
    """A report that is understood, with whose it is."""

    message: Message
    document: ProbeDocument
    measured_at: datetime
    agent: AgentRow
    resource: ResourceRow

    @property
    def content_hash(self) -> str:
        return hashlib.sha256(self.message.body).hexdigest()


@transaction.atomic
def take_report(*, provider_id: UUID, message: Message, now: datetime) -> ProbeJudgement:
    """
    Judge a signed report; what is good earns a certificate of level 2. The same again is no matter.

    A report with a nonce answers that challenge, and is kept whatever it shows.

    :raises SignatureRefused: if nobody signed it whom the market knows as the provider's
    :raises ProbeReportInvalid: if it cannot be understood
    :raises NotFound: if the resource is not the provider's
    :raises ChallengeUnknown: if its nonce is no challenge that waits
    """
    agent = signatures.signer(provider_id=provider_id, message=message, now=now)
    document, measured_at = reports.read(message.body)
    resource = _resource(provider_id, document)
    read = _Read(message, document, measured_at, agent, resource)
    with tenancy.acting_as_platform():
        _hold(read.content_hash)
        known = ProbeReport.objects.filter(
            provider_id=provider_id, content_hash=read.content_hash
        ).first()
        if known is not None:
            return _judgement(known)
        challenge = challenging.waiting(resource.pk, document.challenge, now=now)
        found = _problems(read, challenge, now)
        if found == [ReportProblem.NOISY]:
            challenge = None  # Nothing is shown either way: it may be answered again until its end.
        row = _kept(read, challenge, found, now)
        figures = rules.measured(document.results)
        is_passed = challenge is None or challenging.answer(challenge, figures, found, now=now)
        if found:
            events.record([_refused(row)])
        elif is_passed:
            _certified(read, row, now)
        return _judgement(row)


def _hold(content_hash: str) -> None:
    """Let the same report be judged by one transaction at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [content_hash])


def _resource(provider_id: UUID, document: ProbeDocument) -> ResourceRow:
    try:
        resource_id = UUID(document.resource)
    except ValueError as error:
        raise ProbeReportInvalid(problem="resource is no identifier") from error
    resource: ResourceRow = identity_selectors.resource_of_provider(
        resource_id=resource_id, provider_id=provider_id
    )
    return resource


def _problems(read: _Read, challenge: Challenge | None, now: datetime) -> list[ReportProblem]:
    size = rules.resource_size(read.resource.specification)
    found = rules.problems(read.document, measured_at=read.measured_at, size=size, now=now)
    keys = identity_selectors.agents_of_chain(read.agent.chain_id).values_list("pk", flat=True)
    meters = metering_selectors.meters_signed_by(list(keys))
    if not meters.filter(resource_id=read.resource.pk).exists():
        found.append(ReportProblem.NOT_METERED)
    if read.resource.status == ResourceStatus.WITHDRAWN:
        found.append(ReportProblem.WITHDRAWN)
    if challenge is not None and read.measured_at < challenge.opens_at:
        found.append(ReportProblem.NOT_FRESH)
    return list(dict.fromkeys(found))


def _kept(
    read: _Read, challenge: Challenge | None, found: list[ReportProblem], now: datetime
) -> ProbeReport:
    return ProbeReport.objects.create(
        provider_id=read.resource.provider_id,
        resource_id=read.resource.pk,
        agent_id=read.agent.pk,
        body=read.message.body,
        content_hash=read.content_hash,
        signature=read.message.headers[signatures.SIGNATURE_HEADER],
        public_key=base64.b64encode(bytes(read.agent.public_key)).decode(),
        measured_at=read.measured_at,
        received_at=now,
        is_accepted=not found,
        problems=[str(each) for each in found],
        rule=rules.CURRENT,
        challenge=challenge,
    )


def _certified(read: _Read, row: ProbeReport, now: datetime) -> None:
    certificate = write_certificate(
        resource_id=row.resource_id,
        provider_id=row.provider_id,
        level=Level.MEASURED,
        benchmark=read.document.benchmark,
        benchmark_version=read.document.benchmark_version,
        figures=rules.measured(read.document.results),
        conditions=read.document.conditions,
        issuer_id=row.provider_id,
        agent_id=row.agent_id,
        report=row,
        document=bytes(row.body),
        signature=row.signature,
        public_key=row.public_key,
        rule=row.rule,
        measured_at=row.measured_at,
        days=rules.rule(rules.CURRENT)["valid_days"],
        now=now,
    )
    standing.issued(certificate, now=now)


def _refused(row: ProbeReport) -> events.Event:
    return events.Event(
        name=VerifyingEvent.REPORT_REFUSED,
        object_kind="probe_report",
        object_id=row.pk,
        object_label=row.content_hash[:16],
        concerns=[row.provider_id],
        facts={"resource_id": str(row.resource_id), "problems": row.problems},
    )


def _judgement(row: ProbeReport) -> ProbeJudgement:
    certificate = Certificate.objects.filter(report=row).first()
    return ProbeJudgement(
        id=row.pk,
        is_accepted=row.is_accepted,
        problems=tuple(row.problems),
        level=certificate.level if certificate else None,
        certificate_id=certificate.pk if certificate else None,
    )
