"""Under which conditions something was measured: what explains a figure, or throws doubt on it."""

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from suanpan_agent import __version__
from suanpan_agent.probing.measuring import Missing, optional

GOVERNOR: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
CPU_FACTS: Final = Path("/proc/cpuinfo")
THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def conditions() -> dict[str, Any]:
    """Return machine, versions, threads, clock governor, load and cards."""
    return {
        "agent": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cpus": len(os.sched_getaffinity(0)),
        "governor": _first_line(GOVERNOR) or "unknown",
        "load": f"{os.getloadavg()[0]:.2f}",
        "threads": {name: os.environ[name] for name in THREADS if name in os.environ},
        "numpy": _version("numpy"),
        "blas": _blas(),
        **_cards(),
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _blas() -> str:
    try:
        numpy = optional("numpy")
        facts = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    except (Missing, KeyError, TypeError):
        return ""
    return f"{facts.get('name', '')} {facts.get('version', '')}".strip()


def _cards() -> dict[str, Any]:
    try:
        torch = optional("torch")
    except Missing:
        return {}
    found: dict[str, Any] = {"torch": str(torch.__version__), "cuda": str(torch.version.cuda)}
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        found["cards"] = [torch.cuda.get_device_name(each) for each in range(count)]
        found["driver"] = _first_line(Path("/proc/driver/nvidia/version"))
    return found


def _cpu() -> str:
    try:
        for line in CPU_FACTS.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()


def _first_line(path: Path) -> str:
    try:
        return path.read_text(errors="replace").splitlines()[0].strip()[:200]
    except (OSError, IndexError):
        return ""
