"""The arithmetic behind the reproductions, each against a second way to the same number."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.stats import binom
from sklearn.linear_model import LinearRegression

from lenet5 import paper
from lenet5.data import load_dataset
from lenet5.data.patterns import Patterns
from lenet5.loss import MLELoss
from lenet5.network import Network, summary
from lenet5.reproduce import ALIASES, MODULES, load_reproduction
from lenet5.reproduce.baselines.baseline import Baseline
from lenet5.reproduce.baselines.boosting import balanced, hard_patterns
from lenet5.reproduce.baselines.linear import least_squares, pairwise_linear, with_ones
from lenet5.reproduce.baselines.networks import NETWORKS, CentreCrop, lenet_1, lenet_4, perceptron, ten_outputs
from lenet5.reproduce.baselines.support_vectors import weakest_margins
from lenet5.reproduce.best import ensemble
from lenet5.reproduce.fig8 import compare_misread
from lenet5.reproduce.fig10 import difference, errors_of_the_rest, to_reach
from lenet5.reproduce.fig13 import moved, survived
from lenet5.reproduce.report_writer import interval, markdown_table, spread


def test_every_name_is_a_file_and_another_is_refused() -> None:
    for name in (*MODULES, *ALIASES):
        module = load_reproduction(name)
        assert callable(module.jobs)
        assert callable(module.make)
    assert load_reproduction("silences") is load_reproduction("ablations")
    with pytest.raises(ValueError, match="There is no 'fig4' to reproduce; choose one of table1, fig3"):
        load_reproduction("fig4")


def test_mcnemar_counts_each_pattern_once_and_its_p_is_the_two_tails() -> None:
    """We misread 30 of their 82, and 20 others: 52 against 20."""
    labels = torch.zeros(10_000, dtype=torch.int64)
    for index, true, _ in paper.FIGURE_8:
        labels[index] = true
    predictions = labels.clone()
    for index, _, theirs in paper.FIGURE_8[:10]:
        predictions[index] = theirs
    for index, true, theirs in paper.FIGURE_8[10:30]:
        predictions[index] = next(digit for digit in range(10) if digit not in (true, theirs))
    others = [n for n in range(100, 200) if n not in {index for index, _, _ in paper.FIGURE_8}][:20]
    predictions[others] = 9
    found = compare_misread(predictions, labels)
    assert (found["ours"], found["both"], found["only_1998"], found["only_ours"]) == (50, 30, 52, 20)
    assert found["alike"] == 10
    assert found["p"] == pytest.approx(2 * binom.cdf(20, 72, 0.5))
    assert compare_misread(labels, labels)["ours"] == 0


def test_rejection_against_trying_every_threshold() -> None:
    generator = torch.Generator().manual_seed(3)
    score = torch.rand(400, generator=generator)
    wrong = torch.rand(400, generator=generator) < 0.08 * (1.5 - score)
    for error in (0.5, 2.0, 5.0):
        best = next(
            n for n in range(400) if 100 * float(wrong[score.argsort()[n:]].double().mean()) <= error or n == 399
        )
        assert to_reach(score, wrong, error) == pytest.approx(100 * best / 400)
    curve = errors_of_the_rest(score, wrong)
    assert float(curve[0]) == pytest.approx(100 * float(wrong.double().mean()))
    assert to_reach(score, torch.ones(400, dtype=torch.bool)) == 100
    assert to_reach(score, torch.zeros(400, dtype=torch.bool)) == 0


def test_the_difference_is_of_the_two_best_outputs() -> None:
    assert difference(torch.tensor([[1.0, 5.0, 3.0], [-2.0, -9.0, -1.0]])).tolist() == [2.0, 1.0]


def test_moving_turns_shifts_and_scales_as_plain_rearrangements_do() -> None:
    images = load_dataset("digits", None).train.images[:3]
    on_input = torch.nn.functional.pad(images, (2, 2, 2, 2))
    assert torch.equal(moved(images), on_input)
    assert torch.equal(moved(images, degrees=90), on_input.rot90(-1, (1, 2)))
    assert torch.equal(moved(images, degrees=-90), on_input.rot90(1, (1, 2)))
    assert torch.equal(moved(images, down=3, right=-2)[:, 3:, :-2], on_input[:, :-3, 2:])
    block = torch.zeros(1, 32, 32, dtype=torch.uint8)
    block[:, 12:20, 8:24] = 255
    half, double = moved(block, scale=0.5), moved(block, scale=2)
    assert torch.equal(half[0, 14:18, 12:20], torch.full((4, 8), 255, dtype=torch.uint8))
    assert float(half.double().sum()) == pytest.approx(255 * 32, rel=0.05)
    assert float(double.double().sum()) == pytest.approx(255 * 16 * 32, rel=0.05)


def test_what_survives_is_the_stretch_around_the_best() -> None:
    assert survived((1, 2, 3, 4, 5), (96, 20, 97, 99, 95)) == ("3", "5")
    assert survived((1, 2), (90, 94)) == ("–", "–")


def test_the_interval_holds_the_rate_and_narrows_with_more_patterns() -> None:
    low, high = interval(50, 10_000)
    assert low == pytest.approx(0.00379, abs=2e-5)
    assert high == pytest.approx(0.00659, abs=2e-5)
    # The width of an interval goes with 1/√n: ten times the patterns, a third of it.
    intervals = [interval(errors, 200 * errors) for errors in (5, 50, 500, 5_000)]
    assert all(low < 1 / 200 < high for low, high in intervals)
    widths = [high - low for low, high in intervals]
    assert all(10**0.5 * after == pytest.approx(before, rel=0.25) for before, after in pairwise(widths))


def test_tables_and_spreads() -> None:
    assert markdown_table(("a", "b"), [(1, "x")]) == "| a | b |\n| --- | --- |\n| 1 | x |"
    assert spread([1.0, 3.0]) == "2.00 ± 1.41"
    assert spread([1.0]) == "1.00"


def test_the_baselines_have_the_parameters_that_the_paper_gives() -> None:
    """LeNet-1 about 2,600, LeNet-4 about 17,000, and the perceptrons by their names."""
    counts = {name: sum(row.parameters for row in summary(network())) for name, network in NETWORKS.items()}
    assert counts == {
        "28×28-300-10": 785 * 300 + 301 * 10,
        "28×28-300-100-10": 785 * 300 + 301 * 100 + 101 * 10,
        "LeNet-1": 2_578,
        "LeNet-4": 17_290,
    }


@pytest.mark.parametrize("network", [lambda: perceptron(7, 5), lenet_1, lenet_4])
def test_the_baselines_gradient_and_curvature_reach_every_parameter(network: Callable[[], Network]) -> None:
    from lenet5.curvature import diagonal_curvature

    net = network()
    net.initialise("sqrt_fan_in", 1)
    images, labels = torch.rand(6, 1, 32, 32), torch.arange(6)
    penalties = net(images)
    assert penalties.shape == (6, 10)
    MLELoss()(penalties, labels).backward()
    h = diagonal_curvature(net, MLELoss(), images, labels)
    for name, p in net.named_parameters():
        assert p.grad is not None
        assert float(p.grad.abs().max()) > 0
        assert float(h[name].max()) > 0


def test_the_middle_of_the_input_passes_states_gradients_and_curvature() -> None:
    x = torch.rand(2, 1, 32, 32)
    layer = CentreCrop(28)
    assert torch.equal(layer(x), x[:, :, 2:30, 2:30])
    second = torch.rand(2, 1, 28, 28)
    expected = torch.nn.functional.pad(second, (2, 2, 2, 2))
    assert torch.equal(layer.curvature(x, layer(x), second)[0], expected)


def test_ten_outputs_with_eq_8_are_the_squared_error() -> None:
    x = torch.rand(4, 10, 1, 1)
    labels = torch.tensor([3, 0, 9, 5])
    targets = 2 * torch.nn.functional.one_hot(labels, 10).float() - 1
    expected = 0.5 * (x.flatten(1) - targets).square().sum(1).mean()
    assert float(MLELoss()(ten_outputs()(x), labels)) == pytest.approx(float(expected))


def test_half_of_the_second_ones_patterns_are_misread_by_the_first_and_half_drawn_from_all_others() -> None:
    wrong = torch.zeros(10_000, dtype=torch.bool)
    wrong[::50] = True
    chosen = balanced(wrong, torch.Generator().manual_seed(1))
    assert len(chosen) == len(set(chosen.tolist())) == 400
    assert int(wrong[chosen].sum()) == 200
    right = chosen[~wrong[chosen]].double()
    assert float(right.mean()) == pytest.approx(5_000, abs=700)
    assert len(balanced(torch.ones(3, dtype=torch.bool), torch.Generator())) == 3


def test_hard_patterns_are_looked_for_until_there_are_enough() -> None:
    train = load_dataset("digits", None).train.first(50)
    seen: list[int] = []

    def choose(patterns: Patterns, number: int) -> torch.Tensor:
        seen.append(number)
        return (patterns.labels == 3).nonzero().flatten()

    threes = int((train.labels == 3).sum())
    found = hard_patterns(train, choose, 2 * threes + 1, seed=1)
    assert seen == [1, 2, 3]
    assert len(found) == 3 * threes
    assert set(found.labels.tolist()) == {3}
    assert not torch.equal(found.images[:threes], found.images[threes : 2 * threes])


def test_least_squares_is_scikit_learns_linear_regression() -> None:
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(300, 7)).astype(np.float32), rng.normal(size=(40, 7)).astype(np.float32)
    y = (x @ rng.normal(size=(7, 3)) + 2 + 0.1 * rng.normal(size=(300, 3))).astype(np.float32)
    expected = LinearRegression().fit(x, y).predict(t)
    assert with_ones(t) @ least_squares(with_ones(x), y) == pytest.approx(expected, abs=1e-2)


def test_each_pair_of_classes_has_a_linear_unit_of_its_own() -> None:
    """Ten heaps on a circle: no single linear unit tells one from the nine others, one of each pair does."""
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(10), 40)
    angle = 2 * np.pi * labels / 10
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.05 * rng.normal(size=(400, 2))
    inputs = x.astype(np.float32)
    scores = pairwise_linear(inputs, labels, inputs)
    assert (scores.argmax(1) == labels).mean() > 0.95
    assert scores.sum(1) == pytest.approx(np.zeros(400), abs=1e-6)


def test_an_ensemble_answers_by_the_mean_posterior() -> None:
    """Two networks a little for 3, one sure of 5: 5. The rubbish class never is the answer."""
    posteriors = torch.zeros(3, 1, 11)
    posteriors[0, 0, 3] = posteriors[1, 0, 3] = 0.3
    posteriors[2, 0, 5] = 0.9
    posteriors[:2, 0, 10] = 0.7
    assert ensemble(list(posteriors)).tolist() == [5]


def test_an_unknown_classifier_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no classifier 'oracle'; choose one of linear, "):
        Baseline("oracle", 1)


def test_a_support_vector_machines_answer_is_the_class_that_wins_all_its_duels() -> None:
    """Against scikit-learn's own vote, wherever one class wins all nine; and by hand, pair by pair, for one pattern."""
    from sklearn.svm import SVC

    digits = load_dataset("digits", None)
    x, t = (patterns.images.flatten(1).numpy() / 255 for patterns in (digits.train.first(300), digits.test.first(100)))
    machine = SVC(kernel="poly", degree=4, gamma=1 / 49, coef0=1.0, decision_function_shape="ovo")
    margins = machine.fit(x, digits.train.labels[:300].numpy()).decision_function(t)
    outputs = weakest_margins(margins)
    won = outputs.max(1) > 0
    assert won.mean() > 0.9
    assert (outputs.argmax(1) == machine.predict(t))[won].all()
    pairs = [(one, other) for one in range(10) for other in range(one + 1, 10)]
    for digit in range(10):
        duels = [
            m if one == digit else -m
            for m, (one, other) in zip(margins[0], pairs, strict=True)
            if digit in (one, other)
        ]
        assert outputs[0, digit] == min(duels)
