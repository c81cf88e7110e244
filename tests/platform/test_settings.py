import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = [
    ROOT / "config" / f"{name}.py" for name in ("environment", "nodes", "settings", "trading")
]
# Variables of the operating system and of Django itself, not of ours.
FOREIGN = {
    "DEBIAN_FRONTEND",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
    "DJANGO_SETTINGS_MODULE",
    "PATH",
    "PYTHONPYCACHEPREFIX",
    "PROMETHEUS_MULTIPROC_DIR",
    "PYTEST_XDIST_WORKER",
}
PRODUCTION = {
    "SECRET_KEY": "p" * 30 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "DATABASE_URL": "postgres://suanpan_app@database/suanpan",
    "CELERY_BROKER_URL": "amqp://suanpan@broker//",
    "ALLOWED_HOSTS": "market.example",
    # Checks look into the cache below it; anybody may make this one.
    "SUANPAN_STATE_DIR": tempfile.mkdtemp(prefix="suanpan-settings-"),
    "SUANPAN_STATIC_ROOT": str(ROOT),
}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def names_read() -> set[str]:
    """Return every variable that the project reads; benchmarks explain theirs themselves."""
    text = "".join(page.read_text() for page in SETTINGS)
    found = set(re.findall(r"env\.\w+\(\s*[\"']([A-Z_]+)[\"']", text))
    found |= set(re.findall(r"_database\(\"([A-Z_]+)\"\)", text))
    pattern = r"os\.environ(?:\.get|\.setdefault)?[(\[]\s*[\"']([A-Z_]+)[\"']"
    for folder in ("config", "embedded", "tests", "common", "marketplace/demo"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(re.findall(pattern, path.read_text()))
    return found - FOREIGN


def names_documented() -> set[str]:
    page = (ROOT / "docs" / "settings.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE))


def test_every_setting_is_documented():
    assert names_read() - names_documented() == set()


def test_every_documented_setting_exists():
    constants = {"SUANPAN_APP_USER", "SUANPAN_POSTGRES_USER", "SUANPAN_SUPERVISED_IN"}

    assert names_documented() - names_read() - constants == set()


def test_only_the_settings_and_the_one_machine_services_read_the_environment():
    readers = {
        str(path.relative_to(ROOT))
        for room in (
            "common",
            "identity",
            "ledger",
            "metering",
            "pricing",
            "gateway",
            "marketplace",
            "config",
        )
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text())
    }

    entries = {"config/asgi.py", "config/celery.py", "config/wsgi.py"}
    # It reads none: it tells a library, which knows no other way, where to count.
    entries |= {"config/watch/__init__.py"}
    # It reads none: a process of its own is told how many threads it has.
    entries |= {"marketplace/rounds/solving.py"}
    # Somebody else's server, which is started with an environment of its own.
    entries |= {"marketplace/demo/gateway/__init__.py", "marketplace/demo/gateway/__main__.py"}
    # It reads none: a provider's agent, too, is a process of its own.
    entries |= {"marketplace/demo/metering_agent.py"}
    # It reads none: the demonstration's driver is a provider's process, too.
    entries |= {"marketplace/demo/delivering.py"}
    # Its own program on a provider's machine: the secret is no argument that others could list.
    entries |= {"marketplace/drivers/check_driver.py"}
    assert readers == entries


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL"])
def test_a_process_without_a_secret_stops_and_names_it(name):
    environment = {key: value for key, value in PRODUCTION.items() if key != name}

    done = run("manage.py", "check", **environment)

    assert done.returncode != 0
    assert f"Set the {name} environment variable" in done.stderr


@pytest.mark.parametrize(
    ("drivers", "tls"), [("127.0.0.1:8950", "true"), ("10.0.0.1:8950", "false"), ("[::1]", "false")]
)
def test_drivers_of_a_demonstration_are_refused_elsewhere(drivers, tls):
    done = run(
        "manage.py",
        "check",
        **PRODUCTION | {"SUANPAN_DEMO_DRIVERS": drivers, "SUANPAN_TLS": tls},
    )

    assert done.returncode != 0
    assert "SUANPAN_DEMO_DRIVERS: ports of loopback" in done.stderr


def test_another_database_than_postgresql_is_refused():
    done = run("manage.py", "check", **PRODUCTION | {"DATABASE_URL": "sqlite:///x.db"})

    assert "Suanpan runs on PostgreSQL only" in done.stderr


def test_a_secret_may_come_from_a_file(tmp_path):
    secret = tmp_path / "secret_key"
    secret.write_text("from-a-file-" + "k" * 50)
    environment = {key: value for key, value in PRODUCTION.items() if key != "SECRET_KEY"}
    code = "from django.conf import settings; print(settings.SECRET_KEY[:11])"

    done = run(
        "-c",
        f"import django; django.setup(); {code}",
        DJANGO_SETTINGS_MODULE="config.settings",
        SECRET_KEY_FILE=str(secret),
        **environment,
    )

    assert done.stdout.strip() == "from-a-file"


def test_production_settings_pass_the_deployment_checks_without_a_warning():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert done.returncode == 0, done.stderr


def test_production_talks_to_rabbitmq_through_quorum_queues_with_confirms():
    code = (
        "from django.conf import settings as s; "
        "print(s.CELERY_TASK_DEFAULT_QUEUE_TYPE, s.CELERY_BROKER_TRANSPORT_OPTIONS)"
    )

    done = run(
        "-c",
        f"import django; django.setup(); {code}",
        DJANGO_SETTINGS_MODULE="config.settings",
        **PRODUCTION,
    )

    assert done.stdout.strip() == "quorum {'confirm_publish': True}"
