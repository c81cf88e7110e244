"""Accelerators, by PyTorch: dense products in four precisions and the bandwidth of memory."""

from collections.abc import Callable
from typing import Any, Final

from suanpan_agent.probing.measuring import Missing, Result, Results, optional, repeated

SIDE: Final = 8_192
ROUNDS: Final = 20
COPY_BYTES: Final = 1 << 30
TERA: Final = 1e12
GIGA: Final = 1e9


def torch_with_cards() -> Any:
    """
    Return PyTorch.

    :raises Missing: if it is not here, or sees no card
    """
    torch = optional("torch")
    if not torch.cuda.is_available():
        message = f"PyTorch {torch.__version__} sees no card"
        raise Missing(message)
    return torch


def gpu(*, side: int = SIDE, card: int = 0) -> Results:
    """Yield the figures of one card: TFLOPS or TOPS of dense products, GB/s of its memory."""
    torch = torch_with_cards()
    device = torch.device("cuda", card)
    name = torch.cuda.get_device_name(device)
    torch.backends.cuda.matmul.allow_tf32 = True
    with torch.no_grad():
        for figure, unit, product in _products(torch, device, side):
            try:
                yield _timed(torch, device, figure, unit, 2 * side**3 / TERA, product, name)
            except RuntimeError as error:
                if "out of memory" in str(error):
                    raise Missing(str(error).splitlines()[0]) from error
                # A card without this precision measures the others.
        source = torch.empty(COPY_BYTES, dtype=torch.uint8, device=device)
        target = torch.empty_like(source)
        work = 2 * COPY_BYTES / GIGA
        yield _timed(torch, device, "gpu_memory", "GB/s", work, lambda: target.copy_(source), name)


def _products(torch: Any, device: Any, side: int) -> list[tuple[str, str, Callable[[], object]]]:
    def floats(kind: Any) -> Callable[[], object]:
        left = torch.randn(side, side, dtype=kind, device=device)
        right = torch.randn(side, side, dtype=kind, device=device)
        out = torch.empty(side, side, dtype=kind, device=device)
        return lambda: torch.matmul(left, right, out=out)

    def integers() -> Callable[[], object]:
        left, right = (
            torch.randint(-8, 8, (side, side), dtype=torch.int8, device=device) for _one in "lr"
        )
        turned = right.t()
        return lambda: torch._int_mm(left, turned)

    return [
        ("gpu_gemm_fp16", "TFLOPS", floats(torch.float16)),
        ("gpu_gemm_bf16", "TFLOPS", floats(torch.bfloat16)),
        ("gpu_gemm_tf32", "TFLOPS", floats(torch.float32)),
        ("gpu_gemm_int8", "TOPS", integers()),
    ]


def _timed(
    torch: Any,
    device: Any,
    name: str,
    unit: str,
    work: float,
    act: Callable[[], object],
    note: str,
) -> Result:
    begun, ended = (torch.cuda.Event(enable_timing=True) for _one in "be")

    def once() -> float:
        torch.cuda.synchronize(device)
        begun.record()
        for _time in range(ROUNDS):
            act()
        ended.record()
        torch.cuda.synchronize(device)
        return float(work * ROUNDS * 1_000 / begun.elapsed_time(ended))

    return repeated(name, unit, once, note=note)
