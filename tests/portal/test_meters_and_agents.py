"""Meters and agents: registered, bound, given a new key, revoked; each act says what it means."""

import base64
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from identity.models import MeteringAgent
from metering import selectors as metering
from metering.models import AgentChain, ChainedBatch, ChainFault, Meter
from tests import cast, factories
from tests.metering import cast as meters

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def owner():
    return cast.organization("Provider")


@pytest.fixture
def provider(owner):
    return cast.signed_in(cast.member(owner, Role.PROVIDER))


def a_key() -> str:
    raw = Ed25519PrivateKey.generate().public_key()
    return base64.b64encode(raw.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def send(browser, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def rule_id(code="accelerator-hours") -> str:
    return str(metering.rule_version(code=code).id)


def register(browser, resource, **changes):
    values = {"name": "rack-1", "resource": str(resource.pk), "rule": rule_id(), "agent": ""}
    return send(browser, "meter-new", **(values | changes))


def known_meters() -> list[Meter]:
    with tenancy.acting_as_platform():
        return list(Meter.objects.order_by("id"))


def known_agents() -> list[MeteringAgent]:
    with tenancy.acting_as_platform():
        return list(MeteringAgent.objects.order_by("id"))


def test_a_meter_is_registered_and_shown_with_its_state(provider, owner):
    resource = cast.resource(owner)

    page = register(provider, resource)

    (meter,) = known_meters()
    assert "rack-1 takes readings from now on." in page.text
    assert str(meter.pk) in page.text
    assert "Silent" in page.text
    assert "nobody: unsigned" in provider.get(reverse("portal:meters"), headers=ENGLISH).text


def test_sending_it_twice_registers_once(provider, owner):
    resource, key = cast.resource(owner), str(uuid4())

    for _n in range(2):
        assert register(provider, resource, key=key).status_code == 200

    assert len(known_meters()) == 1


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(provider, owner):
    resource = cast.resource(owner)
    register(provider, resource)

    taken = register(provider, resource)
    nameless = register(provider, resource, name="")
    unit = register(provider, resource, name="x", rule=rule_id("vcpu-hours"))
    foreign = register(provider, cast.resource(cast.organization("Other")), name="y")

    for page, field in ((taken, "name"), (nameless, "name"), (unit, "rule"), (foreign, "resource")):
        assert page.status_code == 422
        assert list(page.context["main"][0].form.errors) == [field]
    assert taken.context["main"][0].form["name"].value() == "rack-1"
    assert len(known_meters()) == 1


def test_an_agent_is_registered_by_base64_or_pem_and_once(provider):
    key = a_key()

    first = send(provider, "agent-new", name="site-1", public_key=key)
    again = send(provider, "agent-new", name="site-2", public_key=key)
    wrong = send(provider, "agent-new", name="site-3", public_key="not a key")
    weak = base64.b64encode(bytes(32)).decode()
    anybody = send(provider, "agent-new", name="site-4", public_key=weak)

    assert "site-1 is registered" in first.text
    for page in (again, wrong, anybody):
        assert page.status_code == 422
        assert list(page.context["main"][0].form.errors) == ["public_key"]
    assert len(known_agents()) == 1


def test_a_pem_block_is_taken(provider):
    public = Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    page = send(provider, "agent-new", name="site", public_key=pem.replace("\n", "\r\n"))

    assert page.status_code == 200
    assert bytes(known_agents()[0].public_key) == public.public_bytes(
        Encoding.Raw, PublicFormat.Raw
    )


def test_an_agent_is_bound_to_a_meter_and_never_left_out_again(provider, owner):
    agent, meter = cast.agent(owner), meters.meter(owner)

    page = send(provider, "meter-agent", meter.pk, agent=str(agent.pk))
    none = send(provider, "meter-agent", meter.pk, agent="")

    assert "is changed" in page.text
    assert none.status_code == 422
    assert known_meters()[0].agent_id == agent.pk
    with (
        tenancy.acting_as_platform(),
        pytest.raises(IntegrityError, match="keeps being signed for"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE metering_meter SET agent_id = NULL")


def test_the_database_takes_no_agent_of_others_and_no_revoked_one(owner):
    meter, foreign = meters.meter(owner), cast.agent(cast.organization("Other"))
    revoked = cast.agent(owner)
    with tenancy.acting_as_platform():
        MeteringAgent.objects.filter(pk=revoked.pk).update(revoked_at=cast.NOW)
    for agent in (foreign, revoked):
        with (
            tenancy.acting_as_platform(),
            pytest.raises(IntegrityError, match="not the provider's own"),
            transaction.atomic(),
        ):
            Meter.objects.filter(pk=meter.pk).update(agent_id=agent.pk)


def test_a_new_key_takes_over_the_meters_and_the_former_ends(provider, owner):
    agent = cast.agent(owner)
    meter = factories.MeterFactory(provider=owner, at=meters.NOON, agent_id=agent.pk)

    asked = provider.get(reverse("portal:agent-key", args=[agent.pk]), headers=ENGLISH).text
    page = send(provider, "agent-key", agent.pk, public_key=a_key())

    former, current = known_agents()
    assert "Its 1 meters are signed for with the new key" in asked
    assert f"{agent.name} has a new key." in page.text
    assert (former.pk, former.revoked_at is None) == (agent.pk, False)
    assert (current.name, current.revoked_at) == (agent.name, None)
    assert known_meters() == [meter]
    assert known_meters()[0].agent_id == current.pk


def test_an_agent_is_revoked_after_asking(provider, owner):
    agent = cast.agent(owner)

    asked = provider.get(reverse("portal:agent-revoke", args=[agent.pk]), headers=ENGLISH).text
    assert known_agents()[0].revoked_at is None
    page = send(provider, "agent-revoke", agent.pk)

    assert "the key never comes back" in asked
    assert f"{agent.name} is revoked." in page.text
    assert known_agents()[0].revoked_at is not None


def test_a_key_that_is_made_here_is_shown_once(provider):
    values = {"key": str(uuid4()), "name": "site-1", "public_key": ""}

    page = provider.post(reverse("portal:agent-new"), values, headers=ENGLISH)
    again = provider.post(reverse("portal:agent-new"), values, headers=ENGLISH, follow=True)

    assert page.status_code == 200
    assert page.headers["Cache-Control"].count("no-store") == 1
    pem = page.context["main"][0].copied
    assert pem.startswith("-----BEGIN PRIVATE KEY-----")
    assert "PRIVATE KEY" not in again.text
    (agent,) = known_agents()
    secret = load_pem_private_key(pem.encode(), password=None)
    raw = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert bytes(agent.public_key) == raw


def test_a_former_key_may_stay_good_for_a_while(provider, owner):
    agent = cast.agent(owner)

    send(provider, "agent-key", agent.pk, public_key=a_key(), overlap="86400")

    former, current = known_agents()
    assert (former.revoked_at, current.first_id) == (None, agent.pk)
    assert former.ends_at is not None
    listed = provider.get(reverse("portal:agents"), headers=ENGLISH).text
    assert "Replaced" in listed
    assert "until" in provider.get(reverse("portal:agent", args=[agent.pk]), headers=ENGLISH).text


def test_another_agent_takes_over_the_meters_of_one_that_is_revoked(provider, owner):
    agent, other = cast.agent(owner), cast.agent(owner)
    factories.MeterFactory(provider=owner, at=meters.NOON, agent_id=agent.pk)
    foreign = cast.agent(cast.organization("Other"))

    refused = send(provider, "agent-revoke", agent.pk, successor=str(foreign.pk))
    assert list(refused.context["main"][0].form.errors) == ["successor"]
    send(provider, "agent-revoke", agent.pk, successor=str(other.pk))

    assert known_meters()[0].agent_id == other.pk
    assert [each.revoked_at is None for each in known_agents() if each.pk != foreign.pk] == [
        False,
        True,
    ]


def test_a_revoked_agent_with_meters_can_be_given_a_new_key(provider, owner):
    agent = cast.agent(owner)
    factories.MeterFactory(provider=owner, at=meters.NOON, agent_id=agent.pk)
    send(provider, "agent-revoke", agent.pk)

    page = provider.get(reverse("portal:agent", args=[agent.pk]), headers=ENGLISH).text
    assert reverse("portal:agent-key", args=[agent.pk]) in page
    send(provider, "agent-key", agent.pk, public_key=a_key())

    assert known_meters()[0].agent_id == known_agents()[1].pk


def test_an_agents_page_says_what_is_missing_and_what_did_not_follow(provider, owner):
    agent = cast.agent(owner)
    with tenancy.acting_as_platform():
        chain = AgentChain.objects.create(
            agent_id=agent.pk, provider=owner, number=7, arrived=0, faults=1, seen_at=cast.NOW
        )
        for number in (1, 4, 5, 7):
            ChainedBatch.objects.create(
                chain=chain,
                provider=owner,
                agent_id=agent.pk,
                number=number,
                content_hash="a" * 64,
                previous_hash="b" * 64,
                accepted=1,
                known=0,
                refused=0,
                received_at=cast.NOW,
            )
        AgentChain.objects.filter(pk=chain.pk).update(arrived=4)
        ChainFault.objects.create(
            chain=chain, provider=owner, kind="GAP", first=2, last=3, noticed_at=cast.NOW
        )

    page = provider.get(reverse("portal:agent", args=[agent.pk]), headers=ENGLISH).text
    listed = provider.get(reverse("portal:agents"), headers=ENGLISH).text

    assert "3 of 7 batches are missing" in page
    assert "2–3, 6" in page
    assert "Batches are missing" in page
    assert reverse("portal:agent", args=[agent.pk]) in listed


def test_a_meter_says_step_by_step_what_it_needs_to_go_live(provider, owner):
    agent = cast.agent(owner)
    meter = factories.MeterFactory(provider=owner, at=meters.NOON)
    address = reverse("portal:meter-live", args=[meter.pk])

    before = provider.get(address, headers=ENGLISH)
    send(provider, "meter-agent", meter.pk, agent=str(agent.pk))
    bound = provider.get(address, headers=ENGLISH)
    meters.ingest(meter, meters.reading(meter), agent_id=agent.pk)
    meters.close()
    measured = provider.get(address, headers=ENGLISH)

    assert "2 of 7 steps are done. Next: an agent signs for it." in before.text
    assert "3 of 7 steps are done. Next: the agent was seen" in bound.text
    assert "5 of 7 steps are done" in measured.text


def test_what_belongs_to_others_looks_like_none(provider):
    other = cast.organization("Other")
    meter, agent = meters.meter(other), cast.agent(other)

    assert provider.get(reverse("portal:meter", args=[meter.pk])).status_code == 404
    assert send(provider, "meter-agent", meter.pk, agent=str(agent.pk)).status_code == 404
    assert provider.get(reverse("portal:meter-live", args=[meter.pk])).status_code == 404
    assert provider.get(reverse("portal:agent", args=[agent.pk])).status_code == 404
    assert send(provider, "agent-key", agent.pk, public_key=a_key()).status_code == 404
    assert send(provider, "agent-revoke", agent.pk).status_code == 404
    assert known_agents()[0].revoked_at is None


@pytest.mark.parametrize("role", [Role.BUYER, Role.OPERATOR, Role.AUDITOR])
def test_nobody_else_opens_the_pages(owner, role):
    browser = cast.signed_in(cast.member(owner, role))

    for name in ("meters", "meter-new", "agents", "agent-new"):
        assert browser.get(reverse(f"portal:{name}")).status_code == 403


def test_readings_are_shown_with_the_last_first(provider, owner):
    meter = meters.meter(owner)
    meters.ingest(meter, meters.reading(meter, 1200), meters.reading(meter, 600, at=meters.HOUR))

    page = provider.get(reverse("portal:meter", args=[meter.pk]), headers=ENGLISH).text

    assert page.index("600") < page.index("1,200")


def test_lists_are_searched(provider, owner):
    meter = meters.meter(owner)

    assert meter.name in provider.get(reverse("portal:meters"), {"q": meter.name}).text
    empty = provider.get(reverse("portal:meters"), {"q": "nothing like it"}, headers=ENGLISH).text
    assert "No row matches" in empty


def test_a_program_replaces_the_agent_and_its_key(provider, owner):
    agent, meter = cast.agent(owner), meters.meter(owner)

    bound = provider.patch(
        f"/api/v1/meters/{meter.pk}",
        {"agent_id": str(agent.pk)},
        content_type="application/json",
    )
    made = provider.post(
        f"/api/v1/metering-agents/{agent.pk}/key",
        {"public_key": a_key()},
        content_type="application/json",
        headers={"Idempotency-Key": "a-new-key-of-the-site"},
    )

    assert (bound.status_code, made.status_code) == (200, 201)
    assert str(known_meters()[0].agent_id) == made.json()["id"] == str(known_agents()[1].pk)
