"""Runs over strings: what they leave, going on bit for bit, and the curvature through the graph."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lenet5.curvature import diagonal_curvature
from lenet5.data.digits import load_digits
from lenet5.data.input import to_input
from lenet5.data.strings import write_strings
from lenet5.data.writing import Writing
from lenet5.engine import TENSORS, unsupported_reason
from lenet5.graphs.segmentation_graph import SegmentationGraph
from lenet5.graphs.segmenter import Segmenter
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.training.checkpoint import load_model, load_pretrained, segmenter_in
from lenet5.training.config import Config
from lenet5.training.model_file import open_model
from lenet5.training.presets import PRESETS, Preset, StringTraining
from lenet5.training.run import Run
from lenet5.training.run_folder import pretrained
from lenet5.training.string_curvature import curvature_of_strings

needs_native = pytest.mark.skipif(bool(unsupported_reason(LeNet5())), reason="no native engine was built here")


def small(name: str = "numbers") -> Preset:
    """Two passes over single digits and two over strings, of a few digits each."""
    numbers = PRESETS[name]
    assert numbers.strings is not None
    writing = replace(numbers.strings.writing, digits=(1, 2))
    strings = replace(numbers.strings, isolated=2, writing=writing, curvature_lines=2, evaluated=5)
    return replace(numbers, passes=4, eta=((0.0005, 2), (0.0003, None)), strings=strings, curvature_patterns=50)


def config(name: str = "numbers") -> Config:
    return Config(dataset="digits", data=None, preset=small(name), seed=3, train_size=210, engine="native")


@needs_native
@pytest.mark.parametrize("name", ["numbers", "sdnn"])
def test_a_run_that_stops_in_a_pass_over_strings_goes_on_bit_for_bit(tmp_path: Path, name: str) -> None:
    whole = Run.start(config(name), tmp_path / "whole")
    assert whole.train()
    stopped = Run.start(config(name), tmp_path / "stopped")

    def in_pass_3() -> bool:
        return stopped.trainer.progress.passes_done == 2 and stopped.trainer.progress.patterns_done > 0

    assert not stopped.train(stop=in_pass_3)
    assert stopped.trainer.progress.patterns_done == 200
    resumed = Run.resume(tmp_path / "stopped")
    assert resumed.train()
    for run in (whole, resumed):
        run.finish(pictures=False)
    one, other = (open_model(tmp_path / name / "model.safetensors") for name in ("whole", "stopped"))
    assert one.arrays.keys() == other.arrays.keys()
    assert {"segmenter/weights", "segmenter/temperature"} <= one.arrays.keys()
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name], err_msg=name)
    records = whole.trainer.progress.records
    assert [record.string_error is None for record in records] == [True, True, False, False]
    assert "string_error" not in records[0].as_dict()
    network, _ = load_model(tmp_path / "whole")
    assert network(torch.zeros(1, 1, 32, 32)).shape == (1, 11)
    segmenter = segmenter_in(one)
    assert segmenter is not None
    assert not torch.equal(segmenter.weights, Segmenter(segmenter.hypotheses).weights)
    assert segmenter_in(open_model(pretrained("best"))) is None


def test_strings_ask_for_the_blanks_class() -> None:
    strings = PRESETS["numbers"].strings
    for wrong in ({"blank": False}, {"loss": "mle"}, {"averaged": 0.5}, {"batch_size": 2}):
        with pytest.raises(ValueError, match="Training on strings was asked for without"):
            replace(PRESETS["numbers"], **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Curvature lines = 0 was given"):
        replace(strings, curvature_lines=0)  # type: ignore[type-var]
    with pytest.raises(ValueError, match="mu = -1 was given"):
        replace(strings, mu=-1)  # type: ignore[type-var]
    for wrong in ({"blank": False, "strings": None}, {"distortions": None}):
        with pytest.raises(ValueError, match="Flanked digits or everyday patterns were asked for without"):
            replace(PRESETS["sdnn"], **wrong)  # type: ignore[arg-type]
    assert isinstance(strings, StringTraining)
    assert not PRESETS["numbers"].on_strings(strings.isolated)
    assert PRESETS["numbers"].on_strings(strings.isolated + 1)


def test_of_one_segment_the_curvature_through_the_graph_is_eq_9s() -> None:
    """A line that is one segment, τ = 1 and no features: E_dforw is eq. 9 without rubbish."""
    network = LeNet5(0.03, blank=True)
    network.load_state_dict(load_pretrained().state_dict())
    segmenter = Segmenter()
    with torch.no_grad():
        segmenter.weights.zero_()
    digits = load_digits().train
    strings = write_strings(digits, 1, Writing(digits=(1, 1)), np.random.default_rng(1))
    whole = TENSORS.segmentation(strings.line(0))
    first_to_last = [tuple(arc) for arc in whole.arcs.tolist()].index((0, len(whole.cuts.x) - 1))

    class OneSegment:
        """An engine that finds the whole line alone."""

        def hypotheses(self, name: str, line: object) -> SegmentationGraph:  # noqa: ARG002
            cuts = whole.cuts._replace(x=whole.cuts.x[[0, -1]], crossed=whole.cuts.crossed[[0, -1]])
            of_one = (a[[first_to_last]] for a in whole[2:])
            return SegmentationGraph(cuts, np.array([[0, 1]]), *of_one)

        penalties = staticmethod(TENSORS.penalties)

    right = int(strings.text(0))
    given, _ = curvature_of_strings(
        network,
        segmenter,
        OneSegment(),  # type: ignore[arg-type]
        "discriminative_forward",
        [(torch.from_numpy(strings.line(0)), [right])],
    )
    pattern = to_input(torch.from_numpy(whole.patterns[[first_to_last]]))
    # Blanks would make other strings of the one segment; there the right one has one path as well.
    expected = diagonal_curvature(network, MAPLoss(1e8), pattern, torch.tensor([right]))
    for name, h in expected.items():
        torch.testing.assert_close(given[name], h, rtol=1e-3, atol=1e-6)


def test_a_curvature_of_no_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="No lines were given"):
        curvature_of_strings(LeNet5(blank=True), Segmenter(), TENSORS, "forward", [])
