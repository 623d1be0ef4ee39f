"""The native engine's segments and its training on strings, against their definitions in Python."""

from copy import deepcopy

import numpy as np
import pytest
import torch

import lenet5.engine.native
import lenet5.engine.tensors
from graphs.test_cuts import some_strings
from lenet5.data.digits import load_digits
from lenet5.engine import NATIVE, TENSORS, unsupported_reason
from lenet5.engine.base import Reader
from lenet5.graphs.criteria import CRITERIA
from lenet5.graphs.graph import HypothesesName
from lenet5.graphs.segmentation_graph import segmentation_graph
from lenet5.graphs.segmenter import Segmenter
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM
from lenet5.training.checkpoint import load_pretrained

pytestmark = pytest.mark.skipif(bool(unsupported_reason(LeNet5())), reason="no native engine was built here")


def test_cuts_and_segments_are_those_of_the_definition() -> None:
    strings, patterns, moved = some_strings(12, seed=5), 0, 0
    for n in range(len(strings)):
        expected, given = segmentation_graph(strings.line(n)), NATIVE.segmentation(strings.line(n))
        np.testing.assert_array_equal(given.cuts.x, expected.cuts.x)
        np.testing.assert_array_equal(given.cuts.crossed, expected.cuts.crossed)
        np.testing.assert_array_equal(given.arcs, expected.arcs)
        np.testing.assert_array_equal(given.boxes, expected.boxes)
        np.testing.assert_allclose(given.features, expected.features, atol=1e-5)
        apart = np.abs(given.patterns.astype(int) - expected.patterns)
        patterns, moved = patterns + len(given), moved + int((apart.max((1, 2)) > 1).sum())
    # A grey level rounded otherwise can move the centre of mass over the edge between two pixels.
    assert moved <= patterns / 1000


@pytest.mark.parametrize("seed", range(6))
def test_noise_has_the_same_segments(seed: int) -> None:
    random = np.random.default_rng(seed)
    line = (random.integers(0, 256, (44, 30 + 40 * seed)) * (random.random((44, 1)) < 0.5)).astype(np.uint8)
    expected, given = segmentation_graph(line), NATIVE.segmentation(line)
    np.testing.assert_array_equal(given.cuts.x, expected.cuts.x)
    np.testing.assert_array_equal(given.arcs, expected.arcs)


def reader_of_eleven(hypotheses: HypothesesName) -> Reader:
    torch.manual_seed(1)
    network = LeNet5(0.03, blank=True)
    network.load_state_dict(load_pretrained().state_dict())
    segmenter = Segmenter(hypotheses)
    with torch.no_grad():
        segmenter.weights += 0.1 * torch.randn(segmenter.weights.shape)
    return Reader(network, segmenter, SDLM(network, 1e-6, 1e-2), SDLM(segmenter, 1e-5, 1e-2))


@pytest.mark.parametrize("hypotheses", ["segments", "sweep"])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_training_on_strings_is_that_of_the_definition(
    criterion: str, hypotheses: HypothesesName, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small steps, so that what differs by rounding does not grow; every pattern is at stake."""
    monkeypatch.setattr(lenet5.engine.native, "LEAST_AT_STAKE", 1e-6)
    monkeypatch.setattr(lenet5.engine.tensors, "LEAST_AT_STAKE", 1e-6)
    strings, digits = some_strings(3, seed=2, digits=(1, 3)), load_digits().train
    before = reader_of_eleven(hypotheses)
    trained, made = {}, {}
    for engine in (NATIVE, TENSORS):
        reader = reader_of_eleven(hypotheses)
        made[engine] = engine.train_strings(reader, criterion, strings, MAPLoss(1.0), digits, torch.tensor([5, 6, 7]))
        trained[engine] = [*reader.network.named_parameters(), *reader.segmenter.named_parameters()]
    assert made[NATIVE].loss_sum == pytest.approx(made[TENSORS].loss_sum, rel=1e-4, abs=1e-3)
    assert made[NATIVE].isolated_loss_sum == pytest.approx(made[TENSORS].isolated_loss_sum, rel=1e-4)
    assert made[NATIVE][1::2] == made[TENSORS][1::2]
    start = [*before.network.parameters(), *before.segmenter.parameters()]
    with torch.no_grad():
        for (name, native), (_, tensors), p in zip(trained[NATIVE], trained[TENSORS], start, strict=True):
            step = float((tensors - p).abs().max())
            assert step > 0, name
            assert float((native - tensors).abs().max()) <= 0.01 * step + 2e-7 * float(p.abs().max()), name


def test_a_line_of_more_digits_than_pieces_teaches_nothing() -> None:
    strings = some_strings(1, seed=3, digits=(1, 1))
    too_many = deepcopy(strings)
    object.__setattr__(too_many, "labels", np.arange(60)[None] % 10)
    for engine in (NATIVE, TENSORS):
        reader = reader_of_eleven("segments")
        made = engine.train_strings(
            reader, "discriminative_forward", too_many, MAPLoss(1.0), load_digits().train, torch.tensor([0])
        )
        assert (made.loss_sum, made.errors, made.lines) == (0.0, 1, 1)
        before = reader_of_eleven("segments").segmenter
        assert all(torch.equal(a, b) for a, b in zip(reader.segmenter.parameters(), before.parameters(), strict=True))


def test_eleven_classes_have_the_same_states_and_the_same_updates() -> None:
    network = LeNet5(0.05, blank=True, seed=4)
    assert unsupported_reason(network) is None
    assert sum(p.numel() for p in network.parameters()) == 60_000
    images = load_digits().test.images
    assert NATIVE.penalties(network, images).shape == (len(images), 11)
    torch.testing.assert_close(
        NATIVE.penalties(network, images), TENSORS.penalties(network, images), rtol=1e-4, atol=1e-3
    )
