from torch import Tensor

def train(
    parameters: list[Tensor],
    rates: list[Tensor],
    table: Tensor,
    codes: Tensor,
    scale: float,
    rubbish: float | None,
    images: Tensor | None,
    inputs: Tensor | None,
    levels: Tensor,
    labels: Tensor,
    order: Tensor,
) -> tuple[float, int, int]: ...
def states(
    parameters: list[Tensor],
    table: Tensor,
    codes: Tensor,
    scale: float,
    images: Tensor | None,
    inputs: Tensor | None,
    levels: Tensor,
    layer: str,
    threads: int,
    out: Tensor,
) -> None: ...
