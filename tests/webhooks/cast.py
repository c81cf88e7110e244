"""Those who are told, and what happens that they are told of."""

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import transaction
from standardwebhooks import Webhook

from common import clock, tenancy
from identity.contracts import Role
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.webhooks import services
from identity.webhooks.contracts import Wish
from identity.webhooks.models import Attempt, Delivery, Endpoint
from tests import cast
from tests.outbound.servers import OK, serving

GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops"
REFUSED = b"HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 2\r\n\r\nno"


@dataclass
class Receiver:
    """A server of somebody who is told: what it got, and how it answers."""

    url: str = ""
    answer: bytes = OK
    answers: dict = field(default_factory=dict)  # by object, in place of the usual answer
    got: list = field(default_factory=list)
    delay: float = 0  # seconds before it answers

    def heard(self, *, taken: bool = True) -> list[tuple[str, int]]:
        """Return object and number of what was told, in order; of what was taken alone."""
        return [
            (each["data"]["object_id"], each["data"]["facts"].get("n"))
            for each, _head, was_taken in self.got
            if was_taken or not taken
        ]

    def headers(self, place: int = -1) -> dict[str, str]:
        return self.got[place][1]


@contextmanager
def receiver(**options):
    """Serve a receiver on loopback."""
    told = Receiver(**options)

    def answer(connection, request):
        head, _, body = request.partition(b"\r\n\r\n")
        lines = (line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        headers = {name.decode().lower(): value.decode() for name, value in lines}
        content = json.loads(body)
        reply = told.answers.get(content["data"]["object_id"], told.answer)
        time.sleep(told.delay)
        told.got.append((content, headers | {"body": body.decode()}, b" 200 " in reply[:15]))
        connection.sendall(reply)

    with serving(answer, with_request=True) as server:
        told.url = server.url
        yield told


def verified(told: Receiver, secret: str, place: int = -1) -> dict:
    """Verify what was told as any receiver would: with the library of the standard."""
    headers = told.headers(place)
    return Webhook(secret).verify(headers["body"], headers)


def endpoint(owner, url, *prefixes, **options):
    person = options.pop("person", None) or cast.member(owner, Role.BUYER)
    with tenancy.acting_as(owner.pk):
        return services.create_endpoint(
            organization_id=owner.pk,
            person_id=person.pk,
            wish=Wish(url, options.pop("description", "ours"), prefixes),
            now=clock.now(),
        )


def happens(*owners, thing="a", n=1, name=IdentityEvent.MEMBER_INVITED):
    """Let something happen that concerns organisations."""
    with transaction.atomic():
        events.record(
            [
                events.Event(
                    name=name,
                    object_kind="thing",
                    object_id=thing,
                    concerns=[owner.pk for owner in owners],
                    facts={"n": n},
                )
            ]
        )


def tell() -> int:
    """Do what the worker does, once."""
    while services.spread(now=clock.now()):
        continue
    while services.continue_replays(now=clock.now()):
        continue
    return services.run(clock=clock.now, seconds=20)


def deliveries(**found):
    with tenancy.acting_as_platform():
        return list(Delivery.objects.filter(**found).order_by("event_id"))


def attempts(delivery):
    with tenancy.acting_as_platform():
        return list(Attempt.objects.filter(delivery=delivery).order_by("id"))


def now_of(issued):
    with tenancy.acting_as_platform():
        return Endpoint.objects.get(pk=issued.endpoint.pk)
