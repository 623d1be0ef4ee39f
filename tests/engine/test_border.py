"""The border of the extension: whatever arrays it is given, it does what it does by plain ones, or refuses them.

Nothing below may end the process; under the sanitizers (test_sanitizers.py) nothing reads or writes beside an array.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenet5.arrays import GREY_LEVELS, STATE_SHAPES, codes, parameter_shapes, table_i
from lenet5.engine.extension import extension

engine: Any = extension()
pytestmark = pytest.mark.skipif(isinstance(engine, str), reason="the native engine was not built")

Arrays = dict[str, Any]
REFUSED = (TypeError, ValueError)
TRAIN = ("table", "codes", "scale", "rubbish", "images", "inputs", "levels", "labels", "order")
STATES = ("table", "codes", "scale", "images", "inputs", "levels", "layer", "threads", "out")


def plain() -> Arrays:
    """Arguments that are taken, every array in memory of its own."""
    rng = np.random.default_rng(1)
    parameters = {name: rng.uniform(-0.2, 0.2, shape).astype(np.float32) for name, shape in parameter_shapes().items()}
    arrays: Arrays = {f"parameters/{name}": p for name, p in parameters.items()}
    arrays |= {f"rates/{name}": np.full_like(p, 1e-3) for name, p in parameters.items()}
    arrays |= {
        "table": table_i(),
        "codes": codes(),
        "scale": 0.2,
        "rubbish": 1.0,
        "inputs": None,
        "levels": GREY_LEVELS.copy(),
    }
    arrays |= {"images": rng.integers(0, 256, (3, 28, 28), dtype=np.uint8), "labels": np.array([3, 1, 4])}
    return arrays | {
        "order": np.array([2, 0, 1]),
        "layer": "C3",
        "threads": 2,
        "out": np.zeros((3, *STATE_SHAPES["C3"]), "f4"),
    }


def called(arrays: Arrays) -> tuple[Any, ...]:
    """Both functions, one after the other: the numbers that come back, and every array as it is then."""
    parameters = [a for name, a in arrays.items() if name.startswith("parameters/")]
    rates = [a for name, a in arrays.items() if name.startswith("rates/")]
    engine.states(parameters, *(arrays[name] for name in STATES))
    part = engine.train(parameters, rates, *(arrays[name] for name in TRAIN))
    return part, [np.array(a).tobytes() for a in arrays.values() if isinstance(a, np.ndarray)]


# What may be done to an array without changing what it holds.


def other_type(a: np.ndarray) -> np.ndarray:
    return a.astype({"f": np.float64, "i": np.int32, "u": np.int16, "b": np.uint8}[a.dtype.kind])


def with_gaps(a: np.ndarray) -> np.ndarray:
    return np.repeat(a, 2, axis=-1)[..., ::2]


def backward(a: np.ndarray) -> np.ndarray:
    return a[::-1].copy()[::-1]


def by_columns(a: np.ndarray) -> np.ndarray:
    return np.asfortranarray(a)


def big_endian(a: np.ndarray) -> np.ndarray:
    return a.astype(a.dtype.newbyteorder(">"))


def crooked(a: np.ndarray) -> np.ndarray:
    """Not at a multiple of its numbers' size."""
    memory = np.zeros(a.nbytes + 1, dtype=np.uint8)
    view = memory[1:].view(a.dtype).reshape(a.shape)
    view[...] = a
    return view


def read_only(a: np.ndarray) -> np.ndarray:
    a = a.copy()
    a.flags.writeable = False
    return a


def as_list(a: np.ndarray) -> list[Any]:
    return list(a.tolist())


# And what holds something else.


def one_less(a: np.ndarray) -> np.ndarray:
    return a[:-1].copy()


def one_more(a: np.ndarray) -> np.ndarray:
    return np.concatenate([a, a[-1:]])


def nothing(a: np.ndarray) -> np.ndarray:
    return a[:0].copy()


def scalar(a: np.ndarray) -> np.ndarray:
    return a.flatten()[0].reshape(())


def without(_: np.ndarray) -> None:
    return None


SAME: list[Callable[[np.ndarray], Any]] = [
    *(other_type, with_gaps, backward, by_columns, big_endian, crooked, read_only, as_list),
]
OTHER: list[Callable[[np.ndarray], Any]] = [one_less, one_more, nothing, scalar, without]
NAMES = [name for name, a in plain().items() if isinstance(a, np.ndarray)]


@pytest.mark.parametrize("change", SAME, ids=[change.__name__ for change in SAME])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_numbers_lying_otherwise_are_refused_or_do_the_same(
    name: str, change: Callable[[np.ndarray], Any]
) -> None:
    arrays, expected = plain(), called(plain())
    arrays[name] = change(arrays[name])
    before = {key: np.array(a).tobytes() for key, a in arrays.items() if isinstance(a, np.ndarray) and key != "out"}
    try:
        found = called(arrays)
    except REFUSED:
        assert {key: np.array(arrays[key]).tobytes() for key in before} == before
    else:
        assert found == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(SAME + OTHER)), min_size=1, max_size=3))
def test_nothing_that_arrays_can_be_ends_the_process(
    changes: list[tuple[str, Callable[[np.ndarray], Any]]],
) -> None:
    arrays = plain()
    for name, change in changes:
        if isinstance(arrays[name], np.ndarray) and arrays[name].size:
            arrays[name] = change(arrays[name])
    with suppress(REFUSED):
        called(arrays)


@pytest.mark.parametrize("shape", [(6, 16), (16, 6), (96,), (6, 16, 1), (0, 16)])
@pytest.mark.parametrize("byte", [0, 1, 2, 255])
def test_a_table_of_any_bytes(byte: int, shape: tuple[int, ...]) -> None:
    """A bool is a byte, and one of 2 is true to some instructions and not to others."""
    arrays = plain()
    arrays["table"] = np.full(shape, byte, dtype=np.uint8).view(np.bool_)
    expected = plain() | {"table": np.full(shape, bool(byte))}
    for one in (arrays, expected):
        for name in ("parameters/C3.weight", "rates/C3.weight"):
            one[name] = np.full((96 if byte else 0, 5, 5), 1e-3, dtype=np.float32)
    if shape != (6, 16):
        with pytest.raises(REFUSED):
            called(arrays)
        return
    found, wanted = called(arrays), called(expected)
    assert found[0] == wanted[0]


PARAMETERS = [name for name in NAMES if name.startswith("parameters/")]
# What is read while something is written; table, labels and order are copied first.
PAIRS = [(p, other) for p in PARAMETERS for other in NAMES if other not in (p, "out", "table", "labels", "order")]
PAIRS += [("out", other) for other in (*PARAMETERS, "codes", "images", "levels")]


@pytest.mark.parametrize(("written", "other"), PAIRS)
def test_what_is_written_shares_memory_with_nothing(written: str, other: str) -> None:
    arrays = plain()
    a, b = arrays[written], arrays[other]
    memory = np.zeros(a.nbytes + b.nbytes, dtype=np.uint8)
    arrays[written] = memory[: a.nbytes].view(a.dtype).reshape(a.shape)
    start = a.nbytes - 4  # the last number of the one is the first of the other
    arrays[other] = memory[start : start + b.nbytes].view(b.dtype).reshape(b.shape)
    arrays[other][...] = b
    before = memory.tobytes()
    with pytest.raises(ValueError, match="share memory with others"):
        called(arrays)
    assert memory.tobytes() == before


def test_a_table_that_is_written_over_while_it_is_used() -> None:
    """It lies in the parameters: what it says in the end is not what it said when the arrays were measured."""
    arrays, expected = plain(), plain()
    memory = np.zeros(6, dtype=np.float32).repeat(16)
    arrays["table"] = memory.view(np.bool_)[:96].reshape(6, 16)
    arrays["table"][...] = expected["table"]
    arrays["parameters/C1.bias"] = memory[:6]
    expected["parameters/C1.bias"] = memory[:6].copy()
    assert called(arrays)[0] == called(expected)[0]


@settings(max_examples=100, deadline=None)
@given(
    order=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 4), max_size=5),
    labels=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-1, 11), min_size=3, max_size=3),
    threads=st.integers(-(2**31), 2**31 - 1),
    scale=st.floats(width=32),
    rubbish=st.none() | st.floats(),
    layer=st.text(max_size=7) | st.sampled_from(list(STATE_SHAPES)),
)
def test_any_numbers(
    order: list[int], labels: list[int], threads: int, scale: float, rubbish: float | None, layer: str
) -> None:
    arrays = plain() | {"threads": threads, "scale": scale, "rubbish": rubbish, "layer": layer}
    arrays |= {"order": np.array(order, dtype=np.int64), "labels": np.array(labels, dtype=np.int64)}
    fits = all(0 <= n < 3 and 0 <= labels[n] < 10 for n in order) and threads > 0 and layer == "C3"
    try:
        part, _ = called(arrays)
    except REFUSED:
        assert not fits
    else:
        assert fits
        assert part[2] <= len(order)
