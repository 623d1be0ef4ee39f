import math
import re
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from lenet5 import paper
from lenet5.data.distortions import Distortions
from lenet5.training.config import Config, preset_by_name
from lenet5.training.presets import PRESETS, by_the_same_factor, by_the_same_step


def test_1998_has_the_papers_schedule() -> None:
    """Section III-B: η pass by pass, written out."""
    preset = PRESETS["1998"]
    printed = [*[5e-4] * 2, *[2e-4] * 3, *[1e-4] * 3, *[5e-5] * 4, *[1e-5] * 8]
    assert [preset.eta_of_pass(number) for number in range(1, 21)] == printed
    assert preset.eta_of_pass(40) == 1e-5
    assert (preset.passes, preset.mu, preset.curvature_patterns, preset.batch_size) == (20, 0.02, 500, 1)
    assert preset.order == "constant"


@pytest.mark.parametrize("name", ["tuned", "distorted"])
def test_at_the_papers_budget_only_its_silences_and_its_distortions_differ(name: str) -> None:
    paper_says = ("passes", "eta", "mu", "curvature_patterns", "loss", "batch_size")
    for field in paper_says:
        assert getattr(PRESETS[name], field) == getattr(PRESETS["1998"], field)
    distortions = PRESETS["distorted"].distortions
    assert distortions is not None
    assert distortions.copies is not None
    assert distortions.copies * paper.TRAIN_PATTERNS == paper.DISTORTED_PATTERNS
    assert distortions.elastic == 0


def test_schedules_fall_to_their_ends() -> None:
    by_factor, by_step = by_the_same_factor(1.0, 0.01, 5), by_the_same_step(1.0, 2, 4)
    assert [eta for eta, _ in by_factor] == pytest.approx([1, 10**-0.5, 0.1, 10**-1.5, 0.01])
    assert by_step == ((1, 0.5), (0.75, 0.5), (0.5, 0.5), (0.25, 0.5))
    for name in ("best", "fast"):
        assert sum(passes or 0 for _, passes in PRESETS[name].eta) == pytest.approx(PRESETS[name].passes)


def test_eta_may_change_within_a_pass() -> None:
    preset = replace(PRESETS["1998"], eta=((8.0, 0.5), (4.0, 1.0), (2.0, 0.25), (1.0, None)))
    assert preset.etas_of_pass(1) == [(8.0, 0.5), (4.0, 1.0)]
    assert preset.etas_of_pass(2) == [(4.0, 0.5), (2.0, 0.75), (1.0, 1.0)]
    assert preset.etas_of_pass(9) == [(1.0, 1.0)]
    assert [preset.eta_of_pass(number) for number in (1, 2, 3)] == [8.0, 4.0, 1.0]
    ends = replace(preset, eta=((2.0, 0.5), (1.0, 0.25)))
    assert ends.etas_of_pass(1) == [(2.0, 0.5), (1.0, 0.75), (1.0, 1.0)]
    assert ends.etas_of_pass(2) == [(1.0, 1.0)]
    parts = replace(preset, eta=by_the_same_step(1.0, passes=2, steps=18))
    assert parts.eta_of_pass(2) == pytest.approx(0.5)
    assert len(parts.etas_of_pass(1)) == len(parts.etas_of_pass(2)) == 9
    assert [end for _, end in parts.etas_of_pass(2)] == pytest.approx([k / 9 for k in range(1, 10)])


@pytest.mark.parametrize("name", PRESETS)
def test_presets_bear_their_names_and_cannot_be_changed(name: str) -> None:
    preset = PRESETS[name]
    assert preset.name == name
    with pytest.raises(FrozenInstanceError):
        preset.scale = 1.0  # type: ignore[misc]


def test_every_preset_that_the_results_speak_of_is_one() -> None:
    results = (Path(__file__).parents[2] / "docs" / "results.md").read_text()
    named = set(re.findall(r"[Pp]reset `(\w+)`", results))
    assert "noisy" in named
    assert named <= PRESETS.keys()


@pytest.mark.parametrize("name", PRESETS)
def test_a_configuration_survives_json(name: str) -> None:
    import json

    config = Config("mnist", "somewhere", PRESETS[name], seed=3, train_size=100, validation=50)
    assert Config.from_dict(json.loads(json.dumps(config.as_dict()))) == config


def test_changes_leave_the_rest_alone() -> None:
    changed = preset_by_name("1998", passes=2, batch_size=None)
    assert changed == replace(PRESETS["1998"], passes=2)


def test_unknown_names_and_useless_numbers_are_refused() -> None:
    with pytest.raises(
        ValueError, match="'2012' was given; choose one of 1998, tuned, distorted, noisy, best, fast, digits"
    ):
        preset_by_name("2012")
    with pytest.raises(ValueError, match=r"η = 0\.0 was given; it must be positive"):
        replace(PRESETS["1998"], eta=((0.001, 0.5), (0.0, None)))
    for field in ("loss", "curvature_loss", "order"):
        with pytest.raises(ValueError, match=f"{field} = 'other' was given; choose one of"):
            replace(PRESETS["1998"], **{field: "other"})
    for field in ("passes", "batch_size", "curvature_patterns"):
        with pytest.raises(ValueError, match="= 0 was given; give 1 or more"):
            replace(PRESETS["1998"], **{field: 0})


def test_a_configuration_with_missing_or_unknown_fields_is_refused() -> None:
    config = Config("mnist", None, PRESETS["1998"], seed=3).as_dict()
    with pytest.raises(ValueError, match="configuration that does not fit"):
        Config.from_dict({**config, "colour": "red"})
    with pytest.raises(ValueError, match="configuration that does not fit"):
        Config.from_dict({name: value for name, value in config.items() if name != "preset"})


def test_the_paper_module_agrees_with_itself() -> None:
    assert sum(layer.parameters for layer in paper.LAYERS.values()) == paper.PARAMETERS
    assert sum(layer.connections for layer in paper.LAYERS.values()) == paper.CONNECTIONS
    assert len(paper.FIGURE_5_TRAIN) == len(paper.FIGURE_5_TEST) == paper.PASSES + 1


@pytest.mark.parametrize("number", [0, -1.0, math.inf, math.nan, 1e308, 10**25])
def test_numbers_that_no_run_can_use_are_refused(number: float) -> None:
    preset = PRESETS["digits"]
    for field in ("mu", "scale", "j"):
        with pytest.raises(ValueError, match=f"{field.capitalize()} = .* was given; give a positive number"):
            replace(preset, **{field: number})
    with pytest.raises(ValueError, match=r"η = .* was given; it must be positive"):
        replace(preset, eta=((0.001, 1), (number, None)))
    if not abs(number) <= 1:
        with pytest.raises(ValueError, match=r"Initial coefficient = .* was given"):
            replace(preset, initial_coefficient=number)
    with pytest.raises(ValueError, match=r"distorted copies were given; give (1 or more|less than 1,000), or None"):
        Distortions(copies=number)


def test_a_schedule_without_a_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="No η was given"):
        replace(PRESETS["digits"], eta=())
