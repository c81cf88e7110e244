"""What root gives away when it starts the services, and what it keeps."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

import pytest

from embedded import places, program
from embedded.postgres import Cluster
from embedded.users import SystemUser, application_account

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


@pytest.fixture
def account() -> SystemUser:
    return application_account()


def run_as(account: SystemUser, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
        env=os.environ | environment,
        **account.popen_arguments(),
    )
    return done.stdout.strip()


def test_root_starts_the_services_as_a_user_without_rights(account, monkeypatch):
    assert (account.name, account.is_ours) == ("daemon", False)

    monkeypatch.setenv("SUANPAN_APP_USER", "postgres" if has_user("postgres") else "nobody")
    assert application_account().name == os.environ["SUANPAN_APP_USER"]
    monkeypatch.setenv("SUANPAN_APP_USER", "nobody-by-this-name")
    with pytest.raises(SystemExit, match="no user nobody-by-this-name; name one in SUANPAN_APP"):
        application_account()


def has_user(name: str) -> bool:
    return name in {entry.pw_name for entry in pwd.getpwall()}


def test_the_application_never_runs_as_the_user_who_owns_the_data(directory, monkeypatch):
    monkeypatch.setenv("SUANPAN_APP_USER", "nobody")

    with pytest.raises(SystemExit, match="nobody is PostgreSQL's user"):
        Cluster(directory / "postgres", guest=application_account())


def test_a_program_in_a_closed_place_is_mirrored_and_runs(account, directory, monkeypatch):
    monkeypatch.setattr(places, "REACHABLE_DIR", directory / "reachable")
    allowed = program.Program.can_be_run_by

    def only_copies(it: program.Program, user: SystemUser) -> bool:
        return it.project != program.PROJECT and allowed(it, user)

    monkeypatch.setattr(program.Program, "can_be_run_by", only_copies)
    before = os.umask(0o077)
    try:
        copy = program.program_for(account)
        again = program.program_for(account)
    finally:
        os.umask(before)

    said = run_as(
        account,
        *(copy.python, "-c", "import django, ssl, config, embedded; print(config.__path__[0])"),
        **copy.environment,
        PYTHONPATH=str(copy.project),
    )
    assert said == str(copy.project / "config")
    assert again == copy
    assert not (copy.project / ".git").exists()
    assert len(list((directory / "reachable").glob("*/in-use"))) == 2


def test_a_closed_state_directory_is_put_where_the_services_reach_it(
    account, directory, monkeypatch
):
    monkeypatch.setattr(places, "REACHABLE_DIR", directory / "reachable")
    closed = directory / "closed"
    (closed / "state").mkdir(parents=True)
    (closed / "state" / "kept").write_text("from an earlier version")
    closed.chmod(0o700)

    first = places.reachable(closed / "state", account)

    assert first.parent == directory / "reachable"
    assert (closed / "state").resolve() == first == places.reachable(closed / "state", account)
    assert (first / "kept").read_text() == "from an earlier version"


def test_what_root_made_is_given_away_but_nothing_through_a_planted_link(account, directory):
    shared, secret = directory / "files", directory / "secret"
    secret.write_text("of root")
    shared.mkdir()
    (shared / "exports").mkdir()
    (shared / "exports" / "made").write_text("by root")
    (shared / "symbolic").symlink_to(secret)
    os.link(secret, shared / "hard")

    places.give(shared, account)

    assert (shared / "exports" / "made").stat().st_uid == account.uid
    assert secret.stat().st_uid == 0
    assert stat.S_IMODE((shared / "exports" / "made").stat().st_mode) & 0o002 == 0


def test_a_command_keeps_the_rights_of_root_only_for_files_that_need_them(account, directory):
    closed, open_file = directory / "closed.csv", directory / "open.csv"
    for path in (closed, open_file):
        path.write_text("a,b")
    closed.chmod(0o600)

    assert places.can_use(account, ["shell", "--verbosity", "0"])
    assert places.can_use(account, ["import_usage", str(open_file), "--zone=Asia/Shanghai"])
    assert not places.can_use(account, ["import_usage", str(closed)])
    assert not places.can_use(account, ["export_ledger", str(directory / "new.zip")])
    assert not places.can_use(account, ["dumpdata", f"--output={Path('/root/x.json')}"])
