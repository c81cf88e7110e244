"""
The interpreter, packages and code that web, worker and beat run: root's own, or copies of them.

A user without rights often cannot read what root installed: an interpreter under /root, a checkout
in a closed directory. Then both are mirrored, mostly by hard links, to a place that every user can
read, once for each state of the packages and of the code.
"""

import fcntl
import hashlib
import os
import shutil
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from embedded import places
from embedded.users import APPLICATION_VARIABLE, SystemUser

PROJECT: Final = Path(__file__).resolve().parent.parent
# Starts as the services do, and reads from both trees.
PROBE: Final = "import sys; sys.path.insert(0, sys.argv[1]); import config, embedded.places"
NOT_CODE: Final = {"secrets", "tests"}
NOT_NEEDED: Final = {"site-packages", "test", "idlelib", "tkinter", "turtledemo", "ensurepip"}
MARK: Final = "in-use"

# Trees in use are locked for as long as this process lives, so that nobody tidies them away.
_in_use: list[int] = []


@dataclass(frozen=True, slots=True)
class Program:
    """How a service's user starts Python with the project's code."""

    python: str
    project: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def can_be_run_by(self, account: SystemUser) -> bool:
        """Tell whether a user can start it."""
        command = [self.python, "-c", PROBE, str(self.project)]
        return account.can_run(command, self.environment)


def program_for(account: SystemUser) -> Program:
    """Return what a user runs: the checkout itself, or a copy in a place the user can read."""
    ours = Program(sys.executable, PROJECT)
    if account.is_ours or ours.can_be_run_by(account):
        return ours
    with _everybody_may_read():
        copy = _copy()
    if not copy.can_be_run_by(account):
        message = (
            f"{account.name} cannot run {sys.executable}, nor its copy {copy.python}. Name a user "
            f"who can in {APPLICATION_VARIABLE}; root there lets the services run as root."
        )
        raise SystemExit(message)
    return copy


@contextmanager
def _everybody_may_read() -> Iterator[None]:
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def _copy() -> Program:
    places.REACHABLE_DIR.mkdir(parents=True, exist_ok=True)
    with (places.REACHABLE_DIR / "programs.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        project = _kept("code", _digest_of_code(), _mirror_code)
        python = _kept("python", _digest_of_python(), _mirror_python)
    libraries = {"LD_LIBRARY_PATH": str(python / "base/lib")}
    return Program(str(python / "venv/bin/python"), project, libraries)


def _kept(kind: str, digest: str, make: Callable[[Path, Path], None]) -> Path:
    """Return the tree of one state, made if it is missing; trees that nobody uses are removed."""
    name = f"{kind}-{_digest_of_checkout()}"
    kept = places.REACHABLE_DIR / f"{name}-{digest}"
    if not kept.exists():
        unfinished = places.REACHABLE_DIR / f"{name}-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        make(unfinished, kept)
        (unfinished / MARK).touch()
        unfinished.rename(kept)
    _in_use.append(os.open(kept / MARK, os.O_RDWR | os.O_CREAT))  # open until the process ends
    fcntl.flock(_in_use[-1], fcntl.LOCK_SH)
    for other in places.REACHABLE_DIR.glob(f"{name}-*/{MARK}"):
        if other.parent != kept:
            _remove_unused(other)
    return kept


def _remove_unused(mark: Path) -> None:
    with mark.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        shutil.rmtree(mark.parent, ignore_errors=True)


def remove_copies() -> None:
    """Remove the copies of this checkout that nobody uses."""
    for mark in places.REACHABLE_DIR.glob(f"*-{_digest_of_checkout()}-*/{MARK}"):
        _remove_unused(mark)


def _mirror_code(target: Path, _final: Path) -> None:
    _mirror(PROJECT, target, _is_code)


def _mirror_python(target: Path, final: Path) -> None:
    """Mirror the interpreter and the packages of the virtual environment."""
    base, venv = target / "base", target / "venv"
    real = Path(sys._base_executable).resolve()  # type: ignore[attr-defined] # what venv uses
    prefix = Path(sys.base_prefix).resolve()
    (base / "bin").mkdir(parents=True)
    _link(real, base / "bin" / real.name)
    places_of_base = dict.fromkeys(("base", "platbase", "installed_base"), str(prefix))
    for library in ("stdlib", "platstdlib"):
        source = Path(sysconfig.get_path(library, vars=places_of_base)).resolve()
        _mirror(source, base / source.relative_to(prefix), _is_needed)
    for shared in (prefix / "lib").glob("libpython*.so*"):
        _link(shared.resolve(), base / "lib" / shared.name)
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(f"../../base/bin/{real.name}")
    (venv / "pyvenv.cfg").write_text(f"home = {final}/base/bin\n")
    for packages in _site_packages():
        _mirror(packages, venv / packages.relative_to(sys.prefix), lambda _name: True)


def _site_packages() -> list[Path]:
    return [path for name in site.getsitepackages() if (path := Path(name)).is_dir()]


def _mirror(source: Path, target: Path, is_wanted: Callable[[str], bool]) -> None:
    """Mirror what is wanted of a tree so that everybody can read it."""
    for path, names, files in os.walk(source):
        names[:] = filter(is_wanted, names)
        there = target / Path(path).relative_to(source)
        there.mkdir(parents=True, exist_ok=True)
        for name in filter(is_wanted, files):
            _link(Path(path) / name, there / name)


def _is_code(name: str) -> bool:
    return name not in NOT_CODE and not name.startswith(".")


def _is_needed(name: str) -> bool:
    return name not in NOT_NEEDED


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where that cannot be, or nobody else could read it."""
    if target.exists() or not source.exists():
        return
    mode = source.stat().st_mode
    target.parent.mkdir(parents=True, exist_ok=True)
    if mode & 0o044 == 0o044 and not source.is_symlink():
        try:
            os.link(source, target)
        except OSError:  # Another file system.
            pass
        else:
            return
    shutil.copyfile(source, target)
    target.chmod(0o755 if mode & 0o100 else 0o644)


def _digest_of_checkout() -> str:
    return _digest(str(PROJECT))


def _digest_of_python() -> str:
    packages = [path.stat().st_mtime_ns for path in _site_packages()]
    lock = (PROJECT / "uv.lock").read_text()
    return _digest(f"{sys.version} {sys.base_prefix} {sys.prefix} {packages}\n{lock}")


def _digest_of_code() -> str:
    facts = []
    for path, names, files in os.walk(PROJECT):
        names[:] = [name for name in names if _is_code(name) and name != "__pycache__"]
        for name in filter(_is_code, files):
            seen = (Path(path) / name).lstat()
            facts.append(f"{path}/{name} {seen.st_mtime_ns} {seen.st_size}")
    return _digest("\n".join(sorted(facts)))


def _digest(facts: str) -> str:
    return hashlib.sha256(facts.encode()).hexdigest()[:12]
