"""The numbers that docs/learn.md works out by hand, by plain loops over the shipped network's own parameters."""

import math
from functools import cache

from torch import Tensor, float64

import lenet5

NETWORK, PATTERN, DIGIT = "1998", 0, 6
MAP, ROW, COLUMN = 0, 12, 10  # the unit of C1
UNIT, INPUT = 20, 3  # the weight of F6
ETA, MU, J = 0.0005, 0.02, 0.5
AMPLITUDE, SLOPE = 1.7159, 2 / 3


def f(a: float) -> float:
    return AMPLITUDE * math.tanh(SLOPE * a)


def slope_of_f(x: float) -> float:
    return AMPLITUDE * SLOPE - SLOPE / AMPLITUDE * x * x


@cache
def network() -> lenet5.LeNet5:
    return lenet5.load_pretrained(NETWORK).double()


@cache
def pattern() -> tuple[Tensor, Tensor]:
    """The input, 1×1×32×32, and its label."""
    test = lenet5.load_dataset("digits").test.first(PATTERN + 1)
    return lenet5.to_input(test.images[-1:], dtype=float64), test.labels[-1:]


def table(numbers: Tensor, decimals: int) -> list[str]:
    """Rows of a Markdown table."""
    return ["| " + " | ".join(signed(x, decimals) for x in row) + " |" for row in numbers.tolist()]


def signed(x: float, decimals: int) -> str:
    """A number as the page has it: a true minus, no minus before zero."""
    text = f"{x:.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


@cache
def worked() -> dict[str, float]:
    """Every number by its name, in the order of the page."""
    x = pattern()[0]
    p = {name: tensor.detach() for name, tensor in network().named_parameters()}
    states = {name: state.detach()[0] for name, state in network().states(x).items()}
    numbers: dict[str, float] = {}

    # A unit of C1.
    kernel, bias = p["C1.weight"][MAP].tolist(), float(p["C1.bias"][MAP])
    reads = x[0, 0, ROW : ROW + 5, COLUMN : COLUMN + 5].tolist()
    products = sum(kernel[a][b] * reads[a][b] for a in range(5) for b in range(5))
    numbers |= {"c1 products": products, "c1 bias": bias, "c1 a": products + bias, "c1 state": f(products + bias)}

    # The unit of S2 above it.
    four = [float(states["C1"][MAP, ROW + a, COLUMN + b]) for a in (0, 1) for b in (0, 1)]
    coefficient, bias = float(p["S2.coefficient"][MAP]), float(p["S2.bias"][MAP])
    a = coefficient * sum(four) + bias
    numbers |= {f"s2 input {k}": value for k, value in enumerate(four)}
    numbers |= {"s2 sum": sum(four), "s2 coefficient": coefficient, "s2 bias": bias, "s2 a": a, "s2 state": f(a)}

    # The penalties, the loss.
    f6, codes, s = states["F6"].tolist(), network().OUTPUT.codes.tolist(), float(network().OUTPUT.scale)
    distances = [sum((f6[j] - code[j]) ** 2 for j in range(84)) for code in codes]
    y = [s * distance for distance in distances]
    evidence = math.exp(-J) + sum(math.exp(-y_i) for y_i in y)
    posterior = [math.exp(-y_i) / evidence for y_i in y]
    numbers |= {"s": s, "distance": distances[DIGIT], "y desired": y[DIGIT], "y runner-up": sorted(y)[1]}
    numbers |= {"e^-j": math.exp(-J), "e^-y": math.exp(-y[DIGIT]), "log": math.log(evidence)}
    numbers |= {
        "posterior": posterior[DIGIT],
        "rubbish": math.exp(-J) / evidence,
        "eq 9": y[DIGIT] + math.log(evidence),
    }

    # One weight of F6: the chain rule.
    state, below, weight = f6[UNIT], float(states["C5"][INPUT, 0, 0]), float(p["F6.weight"][UNIT, INPUT])
    by_y = [(i == DIGIT) - posterior[i] for i in range(10)]
    by_x = sum(by_y[i] * 2 * s * (state - codes[i][UNIT]) for i in range(10))
    gradient = by_x * slope_of_f(state) * below
    numbers |= {"weight": weight, "state": state, "code": codes[DIGIT][UNIT], "below": below, "by y": by_y[DIGIT]}
    numbers |= {"by x": by_x, "slope": slope_of_f(state), "gradient": gradient}

    # Its curvature, by the constant 2s, and a step.
    curvature = slope_of_f(state) ** 2 * 2 * s * below**2
    rate = ETA / (MU + curvature)
    numbers |= {"2s": 2 * s, "curvature": curvature, "rate": rate, "step": -rate * gradient}
    return numbers | {"new weight": weight - rate * gradient}


if __name__ == "__main__":
    for name, number in worked().items():
        print(f"{name:16}{number:.6g}")
