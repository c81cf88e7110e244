"""Processor and memory: products of matrices by BLAS, and a triad over arrays no cache holds."""

from typing import Any, Final

from suanpan_agent.probing.measuring import Result, Results, optional, rate, repeated

SIDE: Final = 1_024
SECONDS: Final = 0.3
TRIAD_BYTES: Final = 64 << 20  # of each of three arrays
GIGA: Final = 1e9


def gemm() -> Results:
    """Yield the products of dense matrices in FP64 and FP32, in GFLOPS of the whole machine."""
    numpy = optional("numpy")
    yield _gemm(numpy, "cpu_gemm_fp64", "float64")
    yield _gemm(numpy, "cpu_gemm_fp32", "float32")


def _gemm(numpy: Any, name: str, kind: str) -> Result:
    chance = numpy.random.default_rng(7)
    left, right = (chance.random((SIDE, SIDE)).astype(kind) for _side in range(2))
    out = numpy.empty_like(left)
    work = 2 * SIDE**3 / GIGA

    def once() -> float:
        return rate(work, lambda: numpy.matmul(left, right, out=out), seconds=SECONDS)

    return repeated(name, "GFLOPS", once, note=f"{SIDE} by {SIDE}")


def triad() -> Results:
    """Yield a = b + s × c in GB/s, in the five streams that NumPy needs for it."""
    numpy = optional("numpy")
    count = TRIAD_BYTES // 8
    first, second, third = (numpy.full(count, value) for value in (0.0, 1.0, 2.0))
    work = 5 * TRIAD_BYTES / GIGA

    def act() -> None:
        numpy.multiply(third, 3.0, out=first)
        numpy.add(first, second, out=first)

    def once() -> float:
        return rate(work, act, seconds=SECONDS)

    yield repeated("memory_triad", "GB/s", once, note=f"arrays of {TRIAD_BYTES >> 20} MiB")
