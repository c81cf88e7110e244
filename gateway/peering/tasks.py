"""Doorbells of peering; each may ring twice, late or not at all: the rows say what is due."""

from datetime import timedelta
from typing import Final

import structlog
from celery import shared_task
from django.conf import settings

from common import clock, doorbell, tenancy
from common.errors import Refusal
from gateway.contracts import KeyUnusable, NodeKind, is_stand_alone
from gateway.peering import pushing, selectors, services
from gateway.peering.pushing import PushRefused
from gateway.peering.services.sending import DATASETS

logger = structlog.get_logger(__name__)
COMPARED_EVERY: Final = timedelta(hours=24)


@shared_task
def sign_statuses(**_: object) -> None:
    """Sign the status of codes that changed, and let it go upward."""
    try:
        with tenancy.acting_as_platform():
            signed = services.sign_statuses(now=clock.now())
            if signed:
                doorbell.ring("peers.waiting")
    except KeyUnusable as refusal:
        logger.warning("peering.keys.unusable", purpose=refusal.facts["purpose"])


@shared_task
def deliver_outbox(**_: object) -> None:
    """Push what waits to the nodes above."""
    try:
        pushing.deliver()
    except KeyUnusable as refusal:
        logger.warning("peering.keys.unusable", purpose=refusal.facts["purpose"])


@shared_task
def follow_moves(**_: object) -> None:
    """Countersign the moves that owners here expect, and ask for those that go elsewhere."""
    try:
        with tenancy.acting_as_platform():
            services.countersign_due(now=clock.now())
        pushing.ask_moves()
    except KeyUnusable as refusal:
        logger.warning("peering.keys.unusable", purpose=refusal.facts["purpose"])


@shared_task
def follow_directory(**_: object) -> None:
    """Sign the directory at the national node; everywhere else, fetch it."""
    if is_stand_alone():
        return
    try:
        if settings.SUANPAN_NODE_KIND == NodeKind.NATIONAL:
            services.sign_directory(now=clock.now())
        else:
            pushing.pull_directory()
    except Refusal as refusal:
        logger.warning("peering.directory.missed", code=refusal.code)


@shared_task
def compare_nightly(**_: object) -> None:
    """Once a day, compare what each peer above took with what it holds."""
    now = clock.now()
    for peer in selectors.upward_peers():
        with tenancy.acting_as_platform():
            if selectors.has_compared(peer.node, since=now - COMPARED_EVERY):
                continue
        for dataset in DATASETS:
            try:
                pushing.compare(peer.node, dataset)
            except (Refusal, PushRefused) as refusal:
                logger.warning("peering.difference.missed", node=peer.node, code=refusal.code)


@shared_task
def forget_nonces(**_: object) -> None:
    """Forget nonces that count no more."""
    services.forget_nonces(now=clock.now())
