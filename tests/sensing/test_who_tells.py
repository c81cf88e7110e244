"""Agents speak for what they are bound to, the market looks itself, and paths are measured."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction

from common import clock, outbound, tenancy
from gateway.sensing import selectors, services
from gateway.sensing.contracts import AgentNotOwn
from gateway.sensing.models import AgentBinding, PathSample, ProbedEndpoint
from gateway.sensing.services import probing
from identity.contracts import Role
from tests import cast
from tests.sensing.test_heartbeats import Beating

pytestmark = pytest.mark.django_db
ADDRESS = "https://cluster.example.com/health"


@pytest.fixture
def beating(monkeypatch) -> Beating:
    monkeypatch.setattr(outbound, "check_address", lambda url: None)
    return Beating()


def watch(beating, *, agents=(), endpoint=""):
    with tenancy.acting_as(beating.provider.pk):
        services.watch(
            resource_id=beating.resource.pk,
            provider_id=beating.provider.pk,
            chain_ids=[each.chain_id for each in agents],
            endpoint=endpoint,
            by_id=None,
            now=clock.now(),
        )


def test_only_bound_agents_speak_where_any_is_bound(beating):
    other = cast.agent(beating.provider)
    watch(beating, agents=[other])
    refused = beating.beat(at=clock.now())
    assert (refused.status_code, refused.json()["code"]) == (403, "resource_not_bound")

    watch(beating, agents=[other, beating.agent])
    assert beating.beat(at=clock.now()).status_code == 200
    watch(beating)
    assert beating.beat(at=clock.now()).status_code == 200
    with tenancy.acting_as(beating.provider.pk):
        assert AgentBinding.objects.filter(ended_at__isnull=True).count() == 0
        assert AgentBinding.objects.count() == 2  # what held before stays on record


def test_a_strangers_agent_is_not_bound(beating):
    with pytest.raises(AgentNotOwn):
        watch(beating, agents=[cast.agent(cast.organization("Other"))])


@pytest.mark.parametrize(
    ("status", "health"), [(200, "OK"), (404, "OK"), (503, "DEGRADED"), (None, "DOWN")]
)
def test_the_market_asks_the_address_itself(beating, monkeypatch, status, health):
    def deliver(request, limits):
        assert (request.method, request.url) == ("GET", ADDRESS)
        if status is None:
            raise outbound.TimedOut
        return outbound.Reply(status, {}, b"")

    monkeypatch.setattr(outbound, "deliver", deliver)
    watch(beating, endpoint=ADDRESS)
    now = clock.now()

    assert services.probe_due(now=now) == 1
    assert services.probe_due(now=now) == 0
    assert services.probe_due(now=clock.now() + timedelta(seconds=61)) == 1
    with tenancy.acting_as(beating.provider.pk):
        asked = ProbedEndpoint.objects.get()
        state = selectors.state_of([beating.resource.pk], clock.now())[beating.resource.pk]
    assert (asked.status, state.health) == (status, health)
    assert asked.failures == (0 if health == "OK" else 2)


def test_an_address_that_was_taken_back_is_asked_no_more(beating, monkeypatch):
    watch(beating, endpoint=ADDRESS)
    found = probing.Found(200, 1, "")
    monkeypatch.setattr(probing, "ask", lambda url: watch(beating) or found)
    # Threads would wait for the test's own transaction.
    monkeypatch.setattr(probing, "answers", lambda urls: [probing.ask(url) for url in urls])

    services.probe_due(now=clock.now())

    with tenancy.acting_as(beating.provider.pk):
        asked = ProbedEndpoint.objects.get()
    assert (asked.url, asked.next_at, asked.asked_at) == ("", None, None)


def test_an_address_inside_is_refused():
    inside = Beating()
    with pytest.raises(outbound.OutboundRefused):
        watch(inside, endpoint="https://127.0.0.1/")


def way(beating, **facts):
    path = {"from_hub": "CKG", "to_hub": "GAN", "round_trip_us": 6_000} | facts
    content = beating.body(at=clock.now()) | {"paths": [path]}
    return beating.send(content)


def test_paths_are_kept_once_and_counted_from_five_of_two_providers(beating):
    other = Beating()
    now = clock.now()
    for step in range(5):
        speaker = other if step == 3 else beating
        content = speaker.body(at=now - timedelta(seconds=step))
        content["paths"] = [
            {"from_hub": "GAN", "to_hub": "CKG", "round_trip_us": 5_000 + step, "mbps": 900}
        ]
        assert speaker.send(content).status_code == 200
        assert speaker.send(content).status_code == 200
        since = now - timedelta(hours=1)
        assert bool(selectors.measured_paths(since=since)) == (step == 4)
    found = selectors.measured_paths(since=now - timedelta(hours=1))[0]
    assert (found.hub_a, found.hub_b, found.middle_us, found.samples) == ("CKG", "GAN", 5_002, 5)


@pytest.mark.parametrize(
    "facts", [{"to_hub": "XXX"}, {"to_hub": "CKG"}, {"from_hub": "XXX"}], ids=str
)
def test_a_path_leads_between_two_hubs(beating, facts):
    refused = way(beating, **facts)
    assert (refused.status_code, refused.json()["code"]) == (400, "hub_unknown")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sensing_pathsample SET round_trip_us = 1",
        "DELETE FROM sensing_pathsample",
        "INSERT INTO sensing_pathsample (provider_id, chain_id, hub_a, hub_b, round_trip_us,"
        " observed_at, digest) SELECT provider_id, chain_id, 'GAN', 'CKG', 1, observed_at, ''"
        " FROM sensing_pathsample",
        "UPDATE sensing_agentbinding SET ended_at = bound_at - interval '1 second'",
    ],
)
def test_the_database_keeps_its_promises(beating, statement):
    assert way(beating).status_code == 200
    watch(beating, agents=[beating.agent])
    with tenancy.acting_as_platform(), pytest.raises(Error), transaction.atomic():
        connection.cursor().execute(statement)


def test_providers_see_their_own_alone(beating):
    way(beating)
    watch(beating, agents=[beating.agent], endpoint=ADDRESS)
    with tenancy.acting_as(cast.organization("Other").pk):
        for table in (PathSample, AgentBinding, ProbedEndpoint):
            assert not table.objects.exists()


def test_the_page_binds_agents_and_takes_an_address(beating):
    browser = cast.signed_in(cast.member(beating.provider, Role.PROVIDER))
    address = f"/supply/resources/{beating.resource.pk}/watch/"
    shown = browser.get(address)
    assert beating.agent.name in shown.content.decode()
    sent = {
        "key": str(uuid4()),
        "agents": [str(beating.agent.chain_id)],
        "endpoint": ADDRESS,
    }
    assert browser.post(address, sent).status_code == 302
    with tenancy.acting_as(beating.provider.pk):
        assert selectors.bound_agents(beating.resource.pk) == [beating.agent.chain_id]
        assert selectors.endpoint_of(beating.resource.pk).url == ADDRESS


@pytest.mark.parametrize(
    ("language", "said"), [("en", "The name of the server is not known"), ("zh-hans", "应答过大")]
)
def test_pages_say_in_words_why_an_address_gave_no_answer(beating, monkeypatch, language, said):
    refusal = outbound.NameUnknown if language == "en" else outbound.ReplyTooLarge

    def deliver(request, limits):
        raise refusal

    monkeypatch.setattr(outbound, "deliver", deliver)
    watch(beating, endpoint=ADDRESS)
    services.probe_due(now=clock.now())
    browser = cast.signed_in(cast.member(beating.provider, Role.PROVIDER))
    resource = beating.resource.pk
    pages = ("/deliveries/probes/", f"/deliveries/probes/{resource}/")

    for address in (*pages, f"/supply/resources/{resource}/watch/"):
        text = browser.get(address, headers={"Accept-Language": language}).text
        assert said in text, address
        assert "outbound_" not in text, address


def test_what_one_address_answered_is_not_shown_of_the_next(beating, monkeypatch):
    monkeypatch.setattr(outbound, "deliver", lambda request, limits: outbound.Reply(200, {}, b""))
    watch(beating, endpoint=ADDRESS)
    services.probe_due(now=clock.now())
    with tenancy.acting_as(beating.provider.pk):
        before = selectors.endpoint_of(beating.resource.pk)

    watch(beating, endpoint="https://other.example.com/health")

    with tenancy.acting_as(beating.provider.pk):
        after = selectors.endpoint_of(beating.resource.pk)
    assert (before.status, after.status) == (200, None)
    assert (after.asked_at, after.took_ms, after.problem) == (None, None, "")
