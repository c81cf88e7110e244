"""Scenes are published by two operators; templates are kept by their buyers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.canonical import content_hash, plain
from common.ids import uuid7
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from marketplace.drivers import scene_rules, scene_selectors, selectors
from marketplace.drivers.event_names import OrderTemplateEvent, SceneEvent
from marketplace.drivers.scene_contracts import (
    SCENE,
    SCENE_KIND,
    TEMPLATE,
    TEMPLATES_MAX,
    TITLE_LENGTH_MAX,
    SceneUnchanged,
    TemplateInvalid,
    TooManyTemplates,
)
from marketplace.drivers.scene_models import OrderScene, OrderTemplate
from marketplace.limits import take_turns
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderNotFound


def propose_scene(*, code: str, content: Mapping[str, Any], by: Person, now: datetime) -> Proposed:
    """
    Propose the next version of a scene; another operator publishes it.

    :raises SceneInvalid: naming the member that breaks its form
    :raises SceneUnchanged: if the scene says this already
    :raises ProposalWaits: if another version of it waits
    """
    scene_rules.check_scene(code, content)
    said = plain(content)
    latest = scene_selectors.newest_scene(code)
    if latest is not None and latest.content == said:
        raise SceneUnchanged(field="code")
    draft = Draft(
        kind=SCENE_KIND,
        reference=code,
        label=content["title"]["zh"],
        content={"code": code, "scene": said, "hash": content_hash(said)},
        role=Role.OPERATOR,
        by=by,
    )
    return approvals_services.propose(draft, now=now)


@transaction.atomic
def publish_scene(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> OrderScene:
    """
    Publish the version of a scene that another operator proposed; it holds at once.

    :raises SceneInvalid: if what was proposed is no scene any more
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=SCENE_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    code, content = agreed.content["code"], agreed.content["scene"]
    scene_rules.check_scene(code, content)
    with tenancy.acting_as_platform():
        take_turns(f"drivers.scene.{code}")
        latest = scene_selectors.newest_scene(code)
        row = OrderScene.objects.create(
            id=made,
            code=code,
            version=latest.version + 1 if latest else 1,
            content=content,
            content_hash=agreed.content["hash"],
            published_at=now,
            published_by_id=agreed.proposed_by_id,
            approved_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        event = events.Event(
            name=SceneEvent.PUBLISHED,
            object_kind=SCENE,
            object_id=row.pk,
            object_label=code,
            facts={"version": row.version},
            at=now,
        )
        events.record([event])
    return row


@transaction.atomic
def keep_template(
    *, order_id: UUID, organization_id: UUID, name: str, by_id: int | None, now: datetime
) -> OrderTemplate:
    """
    Keep what an order of a buyer asked for under a name, to order it again.

    :raises OrderNotFound: if there is none, or it is someone else's
    :raises TemplateInvalid: without a name, or with one that is taken
    :raises TooManyTemplates: if the organisation keeps as many as it may
    """
    order = orders_selectors.order(order_id=order_id, organization_id=organization_id)
    if order.buyer_id != organization_id:
        raise OrderNotFound
    name = name.strip()
    if not 0 < len(name) <= TITLE_LENGTH_MAX:
        raise TemplateInvalid(field="name", problem=_("it has a short name"))
    take_turns(f"drivers.templates.{organization_id}")
    if scene_selectors.templates_of(organization_id).count() >= TEMPLATES_MAX:
        raise TooManyTemplates(limit=TEMPLATES_MAX)
    job = selectors.job_of(order_id)
    content = {
        "units_milli": order.units_milli,
        "seconds": int((order.ends_at - order.starts_at).total_seconds()),
        "job": selectors.kept_of(job) if job is not None else None,
    }
    try:
        with transaction.atomic():
            row = OrderTemplate.objects.create(
                organization_id=organization_id,
                name=name,
                content=content,
                listing_id=order.wanted_listing_id,
                made_by_id=by_id,
                made_at=now,
            )
    except IntegrityError as error:
        raise TemplateInvalid(field="name", problem=_("the name is taken")) from error
    _tell(OrderTemplateEvent.KEPT, row, at=now)
    return row


@transaction.atomic
def remove_template(*, template_id: UUID, organization_id: UUID, now: datetime) -> None:
    """
    Forget a template.

    :raises TemplateNotFound: if there is none, or it is someone else's
    """
    row = scene_selectors.template(template_id, organization_id=organization_id)
    _tell(OrderTemplateEvent.REMOVED, row, at=now)
    row.delete()


def _tell(name: OrderTemplateEvent, row: OrderTemplate, *, at: datetime) -> None:
    event = events.Event(
        name=name,
        object_kind=TEMPLATE,
        object_id=row.pk,
        object_label=row.name,
        concerns=[row.organization_id],
        at=at,
    )
    events.record([event])
