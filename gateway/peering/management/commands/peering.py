"""Peers of this node: admit and suspend them, push, compare, sign or fetch the directory."""

import base64
import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands, ed25519, moments, tenancy
from common.errors import Refusal
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import own_code
from gateway.peering import pushing, selectors, services
from gateway.peering.contracts import PeerFacts, PeerScope
from gateway.peering.pushing import PushRefused
from gateway.peering.services.sending import DATASETS
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person


class Command(commands.Command):
    help = "Look at this node's peers, admit or suspend one, push, compare, keep the directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        ways = parser.add_subparsers(dest="way", required=True)
        ways.add_parser("status", help="peers, links, what waits and what came")
        admit = ways.add_parser("admit", help="admit a peer: one operator proposes, one agrees")
        admit.add_argument("node")
        admit.add_argument("--url", required=True)
        admit.add_argument("--scope", action="append", choices=PeerScope.values, default=[])
        admit.add_argument("--network", action="append", default=[], help="CIDR; repeat")
        admit.add_argument("--rate", type=int, default=50, help="requests a second of each scope")
        admit.add_argument("--pushes", action="store_true", help="this node pushes to it")
        admit.add_argument("--proposed-by", required=True, metavar="EMAIL")
        admit.add_argument("--agreed-by", required=True, metavar="EMAIL")
        suspend = ways.add_parser("suspend", help="take nothing more from a peer, at once")
        suspend.add_argument("node")
        suspend.add_argument("--reason", required=True)
        ways.add_parser("push", help="push now what waits")
        compare = ways.add_parser("compare", help="compare what a peer took with what it holds")
        compare.add_argument("node")
        compare.add_argument("--dataset", choices=DATASETS, default="register")
        ways.add_parser("directory", help="sign the directory, or fetch it from the national node")
        revoke = ways.add_parser("revoke", help="take a key back: what it signs counts no more")
        revoke.add_argument("key", help="its public key, base64, or CODE/purpose/hash")
        revoke.add_argument("--reason", required=True)
        ways.add_parser("totals", help="how the nodes below report their days")
        ways.add_parser("raise-epoch", help="this copy takes over: earlier ones are heard no more")

    def handle(self, *_args: Any, **options: Any) -> None:
        ways = {
            "status": _status,
            "admit": _admit,
            "suspend": _suspend,
            "push": _push,
            "compare": _compare,
            "directory": _directory,
            "raise-epoch": _raise_epoch,
            "revoke": _revoke,
            "totals": _totals,
        }
        try:
            found = ways[options["way"]](options)
        except Refusal as refusal:
            told = {name: str(value) for name, value in refusal.facts.items()}
            message = f"{refusal.code}: {refusal} {told or ''}"
            raise CommandError(message) from refusal
        except PushRefused as refusal:
            message = f"refused by the peer: {refusal.code}"
            raise CommandError(message) from refusal
        text = json.dumps(found, ensure_ascii=False, default=str)
        if not options["json"]:
            text = "\n".join(f"{name}: {value}" for name, value in found.items())
        sys.stdout.write(f"{text}\n")


def _status(_options: dict[str, Any]) -> dict[str, Any]:
    with tenancy.acting_as_platform():
        return {
            "node": own_code(),
            "peers": [
                {"node": each.node, "url": each.url, "state": each.state, "pushes": each.pushes}
                for each in selectors.peers()
            ],
            "listed": [each.code for each in selectors.listed()],
            "pushed": selectors.push_counts(),
            "received": selectors.received_counts(),
        }


def _admit(options: dict[str, Any]) -> dict[str, Any]:
    now = clock.now()
    facts = PeerFacts(
        node=options["node"],
        url=options["url"],
        scopes=options["scope"] or [PeerScope.RESOLVE.value],
        networks=options["network"],
        rate=options["rate"],
        pushes=options["pushes"],
    )
    with tenancy.acting_as_platform():
        first, second = (_operator(options[name]) for name in ("proposed_by", "agreed_by"))
        proposed = services.propose_peer(facts=facts, by=first, now=now)
        peer = services.admit_peer(
            proposal_id=proposed.id,
            person_id=second.id,
            organization_id=second.organization_id,
            now=now,
        )
    return {"node": peer.node, "state": peer.state, "scopes": peer.scopes}


def _operator(email: str) -> Person:
    for membership in identity_selectors.operators_of_address(email):
        return Person(membership.user_id, membership.organization_id)
    message = f"no operator is known under {email}"
    raise CommandError(message)


def _suspend(options: dict[str, Any]) -> dict[str, Any]:
    peer = services.suspend_peer(node=options["node"], reason=options["reason"])
    return {"node": peer.node, "state": peer.state}


def _push(_options: dict[str, Any]) -> dict[str, Any]:
    with tenancy.acting_as_platform():
        services.sign_statuses(now=clock.now())
    return {"taken": pushing.deliver()}


def _compare(options: dict[str, Any]) -> dict[str, Any]:
    found = pushing.compare(options["node"], options["dataset"])
    return {
        "node": found.peer,
        "items": found.items,
        "missing_above": list(found.missing_above),
        "missing_below": list(found.missing_below),
    }


def _directory(_options: dict[str, Any]) -> dict[str, Any]:
    if own_code().startswith("N"):
        services.sign_directory(now=clock.now())
        return {"nodes": [each.code for each in gateway_selectors.nodes()]}
    sequence, is_new = pushing.pull_directory()
    return {"sequence": sequence, "is_new": is_new, "nodes": [e.code for e in selectors.listed()]}


def _raise_epoch(_options: dict[str, Any]) -> dict[str, Any]:
    return {"epoch": services.raise_epoch(now=clock.now())}


def _totals(_options: dict[str, Any]) -> dict[str, Any]:
    today, found = moments.market_date(clock.now()), []
    with tenancy.acting_as_platform():
        page = selectors.totals_below(today=today)
        found += page
        while len(page) == selectors.NODES_MAX:
            page = selectors.totals_below(today=today, after=page[-1].node)
            found += page
    return {"nodes": [{**asdict(each), "differs": each.differs} for each in found]}


def _revoke(options: dict[str, Any]) -> dict[str, Any]:
    body = gateway_selectors.own_keyset_body() or {"keys": []}
    wanted = [
        each["public_key"]
        for each in body["keys"]
        if options["key"] in (each["public_key"], _key_id(each))
    ]
    if len(wanted) != 1:
        message = f"the set of keys names no such key: {options['key']}"
        raise CommandError(message)
    with tenancy.acting_as_platform():
        made = gateway_services.publish_keyset(
            now=clock.now(), revoked={wanted[0]: options["reason"]}
        )
    return {"keyset": made.sequence, "revoked": wanted[0]}


def _key_id(each: dict[str, Any]) -> str:
    key_hash = ed25519.note_key_hash(each["name"], base64.b64decode(each["public_key"])).hex()
    return f"{each['name']}/{key_hash}"
