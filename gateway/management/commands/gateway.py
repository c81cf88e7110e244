"""This node: its keys, the nodes that it knows, and a code as it is answered."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from common import clock, commands, tenancy
from common.errors import Refusal
from gateway import asking, keys, selectors, services
from gateway.contracts import KeyPurpose, own_code
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person


class Command(commands.Command):
    help = "Look at this node, make its keys, admit another, fetch grants, resolve a code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        ways = parser.add_subparsers(dest="way", required=True)
        ways.add_parser("status", help="the node, its keys and what it knows")
        ways.add_parser("make-keys", help="make a key for each purpose that has none")
        add = ways.add_parser("add-key", help="add a key that signs beside the old one")
        add.add_argument("purpose", choices=[each.value for each in KeyPurpose])
        ways.add_parser("sign", help="sign now what waits")
        ways.add_parser("pull", help="fetch what the node above granted")
        resolve = ways.add_parser("resolve", help="resolve a code, with its proof")
        resolve.add_argument("code")
        admit = ways.add_parser("admit", help="admit a node: one operator proposes, one agrees")
        admit.add_argument("code")
        admit.add_argument("--name", required=True)
        admit.add_argument("--root", required=True, help="its root's public key, base64")
        admit.add_argument("--url", required=True)
        admit.add_argument("--prefix", action="append", default=[], help="granted to it; repeat")
        admit.add_argument("--below", default="", help="the code of the node that it stands below")
        admit.add_argument("--parent", action="store_true", help="it stands above this node")
        admit.add_argument("--proposed-by", required=True, metavar="EMAIL")
        admit.add_argument("--agreed-by", required=True, metavar="EMAIL")

    def handle(self, *_args: Any, **options: Any) -> None:
        ways = {
            "status": _status,
            "make-keys": _make_keys,
            "add-key": _add_key,
            "sign": _sign,
            "pull": _pull,
            "resolve": _resolve,
            "admit": _admit,
        }
        try:
            found = ways[options["way"]](options)
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        if options["json"]:
            sys.stdout.write(json.dumps(found, ensure_ascii=False, default=str) + "\n")
            return
        for name, value in found.items():
            shown = value if isinstance(value, str | int) else json.dumps(value, default=str)
            self.stdout.write(f"{name}: {shown}")


def _status(_options: dict[str, Any]) -> dict[str, Any]:
    now = clock.now()
    with tenancy.acting_as_platform():
        told = asking.own_keys(now=now) or {}
        return {
            "node": own_code(),
            "root": told["pin"]["public_key"],
            "keyset": selectors.own_keyset().sequence,  # type: ignore[union-attr] # just made
            "nodes": [
                {"code": each.code, "state": each.state, "url": each.url}
                for each in selectors.nodes()
            ],
            "entries": selectors.entry_count(),
            "waiting": selectors.due_signings(now).count(),
        }


def _make_keys(_options: dict[str, Any]) -> dict[str, Any]:
    return {"made": [purpose.value for purpose in keys.make_missing()]}


def _add_key(options: dict[str, Any]) -> dict[str, Any]:
    made = keys.add_key(KeyPurpose(options["purpose"]))
    return {"name": made.name, "hash": made.hash_hex}


def _sign(_options: dict[str, Any]) -> dict[str, Any]:
    with tenancy.acting_as_platform():
        return {"signed": services.sign_due(now=clock.now())}


def _pull(_options: dict[str, Any]) -> dict[str, Any]:
    return {"grants": asking.pull_grants()}


def _resolve(options: dict[str, Any]) -> dict[str, Any]:
    found = asking.resolve(options["code"], nonce="", follow=True, with_proof=True)
    return dict(found.content or {})


def _admit(options: dict[str, Any]) -> dict[str, Any]:
    now = clock.now()
    facts = services.NodeFacts(
        code=options["code"],
        name=options["name"],
        root_key=options["root"],
        url=options["url"],
        prefixes=options["prefix"],
        is_parent=options["parent"],
        parent=options["below"],
    )
    with tenancy.acting_as_platform():
        first, second = (_operator(options[name]) for name in ("proposed_by", "agreed_by"))
        proposed = services.propose_node(facts=facts, by=first, now=now)
        node = services.admit_node(
            proposal_id=proposed.id,
            person_id=second.id,
            organization_id=second.organization_id,
            now=now,
        )
    return {"code": node.code, "state": node.state, "prefixes": list(options["prefix"])}


def _operator(email: str) -> Person:
    for membership in identity_selectors.operators_of_address(email):
        return Person(membership.user_id, membership.organization_id)
    message = f"no operator is known under {email}"
    raise CommandError(message)
