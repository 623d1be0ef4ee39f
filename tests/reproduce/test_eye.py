"""The eye of 1998: a known network's weights come back from its states, as grey as figure 13's."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lenet5.arrays import table_i
from lenet5.network import LeNet5
from lenet5.reproduce.eye_layers import fit, intervals, truncated
from lenet5.reproduce.eye_recovery import evidence_by_subset, load_states, put, recover, tables_by_evidence

LEVELS = np.round(np.linspace(0, 255, 56)).astype(np.uint8)


def printed(states: np.ndarray) -> np.ndarray:
    """States as the nearest of 56 grey levels, saturated ones the outermost."""
    grey = 127.5 * (1 - states / 1.7159)
    return LEVELS[np.abs(grey[..., None] - LEVELS.astype(float)).argmin(-1)]


@pytest.fixture(scope="module")
def known() -> tuple[LeNet5, dict[str, np.ndarray]]:
    """A network with large weights, and its printed states for nine inputs of coarse grey."""
    torch.manual_seed(1)
    network = LeNet5(seed=3)
    with torch.no_grad():
        network.C1.weight.normal_(0, 0.8)
        network.C3.weight.normal_(0, 0.3)
        network.S4.coefficient.fill_(0.07)
        grey = torch.from_numpy(np.random.default_rng(1).choice(LEVELS[LEVELS <= 222], (9, 32, 32)))
        states = network.states((1.175 - 1.275 * grey.double() / 222).float()[:, None])
    arrays = {layer: printed(states[layer].numpy()) for layer in ("C1", "S2", "C3", "S4")}
    return network, {"input": grey.numpy(), **arrays}


def test_weights_of_c1_within_the_stated_uncertainty(known: tuple[LeNet5, dict[str, np.ndarray]]) -> None:
    network, grey = known
    assert (grey["C1"] == 0).mean() > 0.01  # some units are saturated
    found = recover(grey, "C1")
    for fitted, kernel in zip(found.fits, network.C1.weight.detach().numpy(), strict=True):
        apart = (fitted.weights[:-1] - kernel.ravel()) / fitted.deviations[:-1]
        assert np.sqrt(np.mean(apart**2)) < 2
        assert np.abs(apart).max() < 6
    assert min(found.left_out) > 0.99


def test_intervals_hold_the_total_input_and_are_open_at_the_ends() -> None:
    totals = np.linspace(-6, 6, 1001)
    low, high = intervals(printed(1.7159 * np.tanh(2 / 3 * totals)), LEVELS)
    assert ((low <= totals + 1e-9) & (totals - 1e-9 <= high)).all()
    assert np.isinf(high[-1])
    assert np.isinf(low[0])


def test_saturated_units_are_no_measurements() -> None:
    rng = np.random.default_rng(2)
    x, weights = rng.normal(size=(2000, 5)), np.array([2.0, -1.5, 0.5, 3.0, 0.0])
    low, high = intervals(printed(1.7159 * np.tanh(2 / 3 * (x @ weights + 0.7))), LEVELS)
    found = fit(x, low, high, 2.0)
    np.testing.assert_allclose(found.weights, [*weights, 0.7], atol=0.05)


def test_truncated_normal_is_scipys() -> None:
    from scipy.stats import truncnorm

    low, high = np.array([-1.0, 0.5, -np.inf, 6.0, -9.0]), np.array([0.3, np.inf, -2.0, 6.5, -8.0])
    mean, variance, _ = truncated(low, high)
    np.testing.assert_allclose(mean, truncnorm.mean(low, high), rtol=1e-6)
    np.testing.assert_allclose(variance, truncnorm.var(low, high), rtol=1e-4)


def test_recovered_layers_put_into_a_network_give_its_states(known: tuple[LeNet5, dict[str, np.ndarray]]) -> None:
    network, grey = known
    other = LeNet5(seed=9)
    put(other, {"S2": recover(grey, "S2"), "S4": recover(grey, "S4")})
    torch.testing.assert_close(other.S2.coefficient, network.S2.coefficient, atol=0.03, rtol=0)
    torch.testing.assert_close(other.S4.coefficient, network.S4.coefficient, atol=0.01, rtol=0)


def test_states_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Figure 13's states were not found"):
        load_states(tmp_path / "figure13_states.npz")


@pytest.mark.slow
def test_table_i_ranks_first_by_the_figure_alone() -> None:
    path = Path(__file__).parents[2] / "data" / "paper" / "figure13_states.npz"
    if not path.is_file():
        pytest.skip("the figure's arrays are not here")
    evidence = evidence_by_subset(load_states(path))
    true, others = tables_by_evidence(evidence)
    assert true > others.max()
    for k, reads in enumerate(table_i().T):
        assert max(evidence, key=lambda one, k=k: evidence[one][k]) == tuple(np.flatnonzero(reads).tolist())
