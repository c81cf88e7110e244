import os
import subprocess
from pathlib import Path

import pytest

from embedded import places, postgres
from embedded.postgres import Cluster
from embedded.supervisor import Service, Supervisor
from embedded.users import SystemUser

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def supervisor():
    it = Supervisor(lambda _: None)
    yield it
    it.stop()


def start(cluster: Cluster, supervisor: Supervisor, log: Path) -> None:
    cluster.make()
    child = supervisor.start(
        Service(
            name="postgres",
            command=cluster.command(),
            log=log,
            directory=cluster.data_dir,
            environment={"PATH": os.environ["PATH"]},
            stop_signal=2,
            account=cluster.account,
        )
    )
    cluster.wait(is_alive=child.is_alive)


def setting(cluster: Cluster, name: str) -> str:
    with cluster.connect() as connection:
        return connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0]


@pytest.mark.services
def test_a_new_cluster_is_durable_private_and_knows_its_roles(directory, supervisor):
    cluster = Cluster(directory / "postgres")

    start(cluster, supervisor, directory / "log")
    cluster.prepare_database("suanpan")
    cluster.prepare_database("suanpan")  # Twice does no harm.

    assert setting(cluster, "server_version").startswith("18.")
    assert setting(cluster, "data_checksums") == "on"
    assert setting(cluster, "fsync") == "on"
    assert setting(cluster, "synchronous_commit") == "on"
    assert setting(cluster, "listen_addresses") == ""
    assert cluster.data_dir.stat().st_mode & 0o077 == 0
    assert cluster.socket_dir.stat().st_mode & 0o077 == 0
    with cluster.connect("suanpan", "suanpan_app") as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, False)


@pytest.mark.services
@pytest.mark.skipif(not AS_ROOT, reason="only root can act as another user")
def test_another_user_of_the_machine_is_refused(directory, supervisor):
    cluster = Cluster(directory / "postgres")
    start(cluster, supervisor, directory / "log")
    cluster.socket_dir.chmod(0o711)
    (cluster.socket_dir / ".s.PGSQL.5432").chmod(0o777)
    cluster.directory.chmod(0o711)
    psql = str(cluster.programs / "psql")

    done = subprocess.run(
        [psql, "-h", str(cluster.socket_dir), "-U", "suanpan_app", "-c", "SELECT 1", "postgres"],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        **cluster.account.popen_arguments(),
    )

    assert "Peer authentication failed" in done.stderr


@pytest.mark.services
def test_an_initdb_that_was_killed_half_way_is_done_again(directory, supervisor):
    cluster = Cluster(directory / "postgres")
    cluster.directory.mkdir()
    (cluster.directory / "data.unfinished").mkdir()
    (cluster.directory / "data.unfinished" / "PG_VERSION").write_text("18")

    start(cluster, supervisor, directory / "log")

    assert setting(cluster, "server_version").startswith("18.")


@pytest.mark.services
def test_the_pid_file_of_a_dead_postmaster_is_no_obstacle(directory, supervisor):
    cluster = Cluster(directory / "postgres")
    cluster.make()
    pid_file = cluster.data_dir / "postmaster.pid"
    # A process of the same user lives under the old pid: PostgreSQL alone would refuse to start.
    stranger = subprocess.Popen(["sleep", "60"], **cluster.account.popen_arguments())
    pid_file.write_text(f"{stranger.pid}\n{cluster.data_dir}\n1\n5432\n\n\n0 0\nready\n")
    cluster.account.own(pid_file)

    cluster.forget_dead_postmaster()
    start(cluster, supervisor, directory / "log")

    assert setting(cluster, "server_version").startswith("18.")
    stranger.kill()
    stranger.wait()


def test_a_socket_whose_path_would_be_too_long_is_put_elsewhere(directory):
    short = Cluster(directory / "postgres")
    long = Cluster(directory / ("long" * 20) / "postgres")

    assert short.socket_dir == directory / "postgres" / "socket"
    assert long.socket_dir.parent == Path("/tmp")  # noqa: S108
    assert len(os.fsencode(long.socket_dir)) < postgres.SOCKET_DIR_BYTES_MAX


def test_a_path_that_libpq_would_misread_is_put_elsewhere(directory):
    assert Cluster(directory / "a,b").socket_dir.parent == Path("/tmp")  # noqa: S108


def test_a_directory_that_somebody_else_made_first_is_refused(directory):
    cluster = Cluster(directory / "postgres")
    elsewhere = directory / "elsewhere"
    elsewhere.mkdir()
    cluster.directory.mkdir()
    cluster.socket_dir.symlink_to(elsewhere)

    with pytest.raises(SystemExit, match="belongs to another user"):
        cluster.make()


@pytest.mark.services
@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user always reaches its own files")
def test_root_keeps_data_where_the_database_user_can_reach_it(directory, supervisor, monkeypatch):
    closed = directory / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(places, "REACHABLE_DIR", directory / "reachable")

    cluster = Cluster(closed / "postgres")
    start(cluster, supervisor, directory / "log")

    assert cluster.directory.parent == directory / "reachable"
    assert (closed / "postgres").resolve() == cluster.directory
    assert cluster.account.name == "nobody"
    assert setting(cluster, "fsync") == "on"


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user always reaches its own files")
def test_programs_that_the_database_user_cannot_reach_are_copied(directory, monkeypatch):
    nobody = postgres.database_account(directory / "none")
    allowed = SystemUser.can_run

    def only_copies(account: SystemUser, command: list[str]) -> bool:
        return str(directory) in command[0] and allowed(account, command)

    monkeypatch.setattr(SystemUser, "can_run", only_copies)
    programs = postgres._runnable_programs(nobody, directory / "software")

    done = subprocess.run(
        [str(programs / "initdb"), "--version"],
        check=True,
        capture_output=True,
        text=True,
        **nobody.popen_arguments(),
    )
    assert done.stdout.startswith("initdb (PostgreSQL) 18.")
