"""The demonstration shows passwords and asks for no second factor; what comes after does not."""

import io
import json
import stat

import pytest
from django.core.management import call_command
from rich.console import Console

from embedded import demo
from embedded.home import DEMO_ACCOUNTS, Home
from embedded.services import Machine, free_driver_place
from identity.contracts import Role
from tests import cast

PASSWORD = "shown-to-everybody"


@pytest.fixture
def machine(directory) -> Machine:
    home = Home(directory)
    home.make()
    accounts = {"OPERATOR": "operator@demo.example"}
    kept = json.dumps({"password": PASSWORD, "accounts": accounts})
    (home / DEMO_ACCOUNTS).write_text(kept)
    return Machine(home, lambda _: None)


def settings_of(machine: Machine) -> str:
    return (machine.home / "environment").read_text()


def said(machine: Machine) -> str:
    console = Console(file=io.StringIO(), width=10_000)
    demo.warn_of_accounts(machine, console)
    return console.file.getvalue()


def test_a_market_with_demo_accounts_is_served_without_showing_them(machine):
    machine.home.write_environment(machine.cluster)

    assert PASSWORD not in settings_of(machine)
    assert "SUANPAN_MFA_REQUIRED" not in settings_of(machine)
    assert PASSWORD not in said(machine)
    assert "WARNING" in said(machine)
    assert "operator@demo.example" in said(machine)
    assert "close_demo_accounts" in said(machine)


def test_the_demonstration_itself_shows_them_and_says_so(machine):
    machine.home.shows_demo = True

    machine.home.write_environment(machine.cluster)

    assert f"OPERATOR=operator@demo.example:{PASSWORD}" in settings_of(machine)
    assert "SUANPAN_MFA_REQUIRED=false" in settings_of(machine)
    assert "DEMO MODE" in said(machine)
    assert "127.0.0.1 only" in said(machine)


def test_the_demonstration_ends_with_its_services(machine):
    machine.home.shows_demo = True
    machine.home.write_environment(machine.cluster)

    machine.stop()

    assert PASSWORD not in settings_of(machine)
    assert "SUANPAN_MFA_REQUIRED" not in settings_of(machine)


def test_a_market_without_demo_accounts_has_nothing_to_warn_of(machine):
    (machine.home / DEMO_ACCOUNTS).unlink()

    assert said(machine) == ""


@pytest.mark.django_db
def test_demo_accounts_are_closed_with_their_sessions(client, settings, tmp_path, capsys):
    settings.STATE_DIR = tmp_path
    person = cast.member(cast.organization(), Role.BUYER, email="buyer@demo.example")
    other = cast.signed_in(cast.member(cast.organization(), Role.BUYER))
    browser = cast.signed_in(person)
    assert browser.get("/api/v1/me").status_code == 200

    call_command("close_demo_accounts")

    assert browser.get("/api/v1/me").status_code == 401
    assert other.get("/api/v1/me").status_code == 200
    assert "Closed 1 demo accounts" in capsys.readouterr().out


def test_demo_passwords_are_for_their_owner_only(settings, tmp_path):
    from marketplace.demo import cast as demo_cast

    settings.STATE_DIR = tmp_path
    demo_cast.password()

    kept = demo_cast.accounts_file()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_a_test_gateway_is_there_while_the_demonstration_is_shown(machine, monkeypatch):
    monkeypatch.delenv("STRIPE_API_KEY", raising=False)
    monkeypatch.delenv("OUTBOUND_ALLOWED", raising=False)
    assert not machine.home.takes_test_cards
    machine.home.shows_demo = True
    assert machine.home.takes_test_cards

    told = machine.home.open_gateway("http://127.0.0.1:4711")
    machine.home.write_environment(machine.cluster)

    assert told["SUANPAN_TEST_GATEWAY"] == "yes"
    assert "SUANPAN_TEST_GATEWAY" not in settings_of(machine)  # For the gateway's process alone.
    assert "STRIPE_API_BASE=http://127.0.0.1:4711" in settings_of(machine)
    assert "OUTBOUND_ALLOWED=127.0.0.1:4711" in settings_of(machine)
    machine.stop()
    assert "STRIPE" not in settings_of(machine)


def test_drivers_of_visitors_may_listen_while_the_demonstration_is_shown(machine, monkeypatch):
    monkeypatch.setenv("OUTBOUND_ALLOWED", "10.20.0.0/16")
    machine.home.shows_demo = True
    machine.home.driver_listen = free_driver_place("127.0.0.1:1")
    machine.home.open_gateway("http://127.0.0.1:4711")
    machine.home.write_environment(machine.cluster)

    listen = machine.home.driver_listen
    assert f"SUANPAN_DEMO_DRIVERS={listen},127.0.0.1:8950" in settings_of(machine)
    assert "OUTBOUND_ALLOWED=10.20.0.0/16,127.0.0.1:4711" in settings_of(machine)
    assert free_driver_place(listen) == listen  # Where it listened before, if nobody else does.
    assert not machine.start_driver()  # No main job left one.
    machine.stop()
    assert "DRIVERS" not in settings_of(machine)


def test_beside_a_gateway_of_the_operators_own_there_is_no_other(machine, monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_of_the_operator")
    machine.home.shows_demo = True

    assert not machine.home.takes_test_cards
