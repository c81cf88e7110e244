"""
docker-compose.yml without an engine: its schema, its promises, and each value that it hands over.

`compose-spec.json` is the Compose Specification's schema (github.com/compose-spec/compose-spec,
commit 170098b, Apache-2.0).
"""

import json
import os
import re
import stat
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.platform.test_settings import names_documented

ROOT = Path(__file__).resolve().parents[2]
OURS = ("migrate", "web", "worker", "beat")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose) -> dict:
    return compose["services"]


def test_it_is_a_compose_file(compose):
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())

    jsonschema.Draft7Validator(schema).validate(compose)


def test_each_part_is_there(services):
    assert set(services) == {"postgres", "rabbitmq", *OURS}
    assert services["postgres"]["image"] == "postgres:18"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights(services, name):
    service = services[name]

    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


def test_only_the_web_is_published_and_only_on_loopback(compose, services):
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert published == {"web": ["127.0.0.1:${SUANPAN_PORT:-8000}:8000"]}
    assert compose["networks"]["inside"] == {"internal": True}
    assert {name for name in services if "edge" in services[name]["networks"]} == {"web"}


def test_every_service_that_stays_has_a_health_check(services):
    stays = set(services) - {"migrate"}

    assert {name for name in stays if services[name].get("healthcheck", {}).get("test")} == stays


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_nothing_starts_before_its_tables_and_its_broker(services, name):
    conditions = {key: value["condition"] for key, value in services[name]["depends_on"].items()}

    assert conditions == {
        "postgres": "service_healthy",
        "rabbitmq": "service_healthy",
        "migrate": "service_completed_successfully",
    }


def test_only_the_migration_knows_the_owner(services):
    assert {name for name in OURS if "owner_url" in services[name]["secrets"]} == {"migrate"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_and_every_secret_is_declared(compose, services, name):
    service = services[name]
    files = {
        key: value
        for key, value in service["environment"].items()
        if str(value).startswith("/run/secrets/")
    }

    settings = {
        key.removesuffix("_FILE") if key in files else key for key in service["environment"]
    }
    assert settings - names_documented() == set()
    assert {Path(value).name for value in files.values()} == set(service["secrets"])
    assert set(service["secrets"]) <= set(compose["secrets"])


@pytest.mark.parametrize("name", OURS)
def test_every_further_setting_reaches_our_containers(services, name):
    (further,) = services[name]["env_file"]

    assert further == {"path": "./secrets/settings.env", "required": False}
    assert {"/secrets/"} <= set((ROOT / ".gitignore").read_text().split())
    assert {"secrets"} <= set((ROOT / ".dockerignore").read_text().split())


@pytest.mark.parametrize("name", OURS)
def test_people_behind_the_proxy_are_told_apart(services, name):
    environment = services[name]["environment"]

    assert environment["SUANPAN_BEHIND_PROXY"] == "true"
    assert environment["SUANPAN_TRUSTED_PROXIES"] == "${SUANPAN_TRUSTED_PROXIES:-1}"


def test_no_secret_is_written_in_the_file():
    text = (ROOT / "docker-compose.yml").read_text()

    assert re.findall(r"://[^/\s]*:[^/\s]*@", text) == []


def test_files_that_are_mounted_exist(compose, services):
    mounts = [volume for service in services.values() for volume in service.get("volumes", [])]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    files += [config["file"] for config in compose["configs"].values()]

    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_secrets_are_made_once_closed_to_others_and_complete(compose, tmp_path):
    script = tmp_path / "bin" / "make-secrets"
    script.parent.mkdir()
    script.write_bytes((ROOT / "bin" / "make-secrets").read_bytes())

    subprocess.run(["sh", str(script)], check=True, capture_output=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    again = subprocess.run(["sh", str(script)], check=False, capture_output=True)

    assert {f"./secrets/{name}" for name in made} == {
        secret["file"] for secret in compose["secrets"].values()
    }
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert len(made["secret_key"]) >= 50
    assert made["app_password"] in made["database_url"]
    assert made["owner_password"] in made["owner_url"]
    assert again.returncode == 1
    assert made["secret_key"] == (tmp_path / "secrets" / "secret_key").read_text()


def test_the_image_runs_as_an_ordinary_user_and_checks_its_health():
    final = (ROOT / "Dockerfile").read_text().rsplit("FROM ", 1)[1]

    assert "\nUSER 10001:10001\n" in final
    assert "\nHEALTHCHECK " in final


def test_the_image_serves_as_the_rest_is_tried():
    """Heads that are too long are refused there as `bin/serve` refuses them."""
    final = (ROOT / "Dockerfile").read_text().rsplit("FROM ", 1)[1]
    command = json.loads(final.rsplit("\nCMD ", 1)[1])
    served = (ROOT / "embedded" / "services.py").read_text()

    for option in ("--worker-class=config.web.ProblemWorker", "--limit-request-line=8190"):
        assert option in command
        assert option in served


def test_scripts_that_containers_run_may_be_run():
    assert os.access(ROOT / "deploy" / "postgres" / "20-passwords.sh", os.X_OK)
