"""What training on whole strings brings: before and after, by each criterion, on segments and on sweeps."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple, get_args

from lenet5.data.patterns import Patterns
from lenet5.reading.inference import InferenceNetwork, load_inference_network
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.lenet5_run import LeNet5Run
from lenet5.reproduce.outcomes import MAIN, read_strings, strings_of_a_length
from lenet5.reproduce.report_writer import markdown_table, spread
from lenet5.training.presets import PRESETS, CriterionName, by_the_same_step

# Short runs, for there are many: digits of the training set, passes over them, and over as many strings.
DIGITS: Final = 12_000
ISOLATED: Final = 10
ON_STRINGS: Final = 1
QUICK_DIGITS: Final = 60
QUICK_CURVATURE_LINES: Final = 2
# μ of the network and of the segmenter by the criteria whose curvature counts as 0, so that μ alone makes their rates.
# Where it is huge the segmenter stays as new: of a criterion that pushes no other path away its penalties fall without
# end.
WITHOUT_CURVATURE: Final = 0.5
SEGMENTER_WITHOUT_CURVATURE: Final = {"viterbi": 1e6, "forward": 1e6, "discriminative_viterbi": 50.0}

# Each system and its preset.
SYSTEMS: Final = {"HOS": "numbers", "SDNN": "sdnn"}
CRITERIA: Final[tuple[CriterionName, ...]] = get_args(CriterionName)
# Wrong words that global training took off in the paper, section X, per cent, without a dictionary.
PRINTED: Final = {"HOS": 24, "SDNN": 32}
# The seed of the strings that all are read on, and the part of their gaps that touch.
READ: Final = 1
TOUCHING: Final = 0.5


class Trained(NamedTuple):
    """The part of the strings read wrong, a number a seed.

    Attributes:
        system: "HOS" or "SDNN".
        criterion: that trained it.
        before: after the isolated digits.
        after: after the strings.
    """

    system: str
    criterion: str
    before: list[float]
    after: list[float]


def jobs(cache: ExperimentCache) -> list[LeNet5Run]:
    """All that is trained for it."""
    every = [None, *CRITERIA]
    return [run(cache, system, criterion, seed) for seed in _seeds(cache) for system in SYSTEMS for criterion in every]


def run(cache: ExperimentCache, system: str, criterion: CriterionName | None, seed: int) -> LeNet5Run:
    """A short run of a system by a criterion; by None it ends before its strings, the beginning of all others.

    Raises:
        ValueError: the system's preset has no strings.
    """
    preset = PRESETS[SYSTEMS[system]]
    if preset.strings is None:
        raise ValueError(f"The preset {preset.name} was given; expected one of strings.")
    isolated, on_strings = (1, 1) if cache.quick else (ISOLATED, ON_STRINGS)
    short = replace(
        preset,
        name=f"{preset.name}-{(criterion or 'isolated').replace('_', '-')}",
        passes=isolated + (on_strings if criterion else 0),
        eta=((0.0005, isolated / 2), (0.0002, isolated / 2), *by_the_same_step(0.001, on_strings, 8 * on_strings)),
        strings=replace(
            preset.strings,
            isolated=isolated,
            criterion=criterion or CRITERIA[0],
            mu=preset.strings.mu if criterion == "discriminative_forward" else WITHOUT_CURVATURE,
            segmenter_mu=SEGMENTER_WITHOUT_CURVATURE.get(criterion or "", preset.strings.segmenter_mu),
            curvature_lines=QUICK_CURVATURE_LINES if cache.quick else preset.strings.curvature_lines,
            evaluated=5,
        ),
    )
    return LeNet5Run(short, seed, QUICK_DIGITS if cache.quick else DIGITS)


def measure(cache: ExperimentCache) -> list[Trained]:
    """Every system and criterion, before and after. Before, the segmenter is a new one."""
    count = strings_of_a_length(cache)

    def misread(system: str, criterion: CriterionName | None) -> list[float]:
        folders = [cache.folder / run(cache, system, criterion, seed).name for seed in _seeds(cache)]
        return [wrong(load_inference_network(folder), cache.dataset.test, count) for folder in folders]

    before = {system: misread(system, None) for system in SYSTEMS}
    return [Trained(system, one, before[system], misread(system, one)) for system in SYSTEMS for one in CRITERIA]


def _seeds(cache: ExperimentCache) -> Sequence[int]:
    return cache.seeds[:1] if cache.quick else cache.seeds


def wrong(network: InferenceNetwork, test: Patterns, count: int) -> float:
    """The part of strings of two to six test digits, half of the gaps touching, that is misread."""
    outcomes = read_strings(network, test, TOUCHING, count, READ, MAIN)
    return sum(not one.right for one in outcomes) / len(outcomes)


def section(found: Sequence[Trained]) -> str:
    """A row a system and criterion."""
    rows = []
    for one in found:
        taken_off = [100 * (b - a) / b if b else 0.0 for b, a in zip(one.before, one.after, strict=True)]
        printed = f"{PRINTED[one.system]}" if one.criterion == "discriminative_forward" else "–"
        rows.append(
            (
                one.system,
                one.criterion.replace("_", " "),
                spread([100 * b for b in one.before], 1),
                spread([100 * a for a in one.after], 1),
                spread(taken_off, 0),
                printed,
            )
        )
    headings = ("system", "criterion", "wrong before, %", "wrong after, %", "taken off, %", "1998, words, %")
    return f"""
What training on whole strings takes off, and by which criterion. Short runs: {ISOLATED} passes over {DIGITS:,} isolated
digits, then {ON_STRINGS} over as many strings; read are strings of 2 to 6 test digits, half of the gaps touching. By
Viterbi and forward training the segmenter stays as new, for its own penalties would fall without end. The paper printed
words, without a dictionary (section X):

{markdown_table(headings, rows)}
"""
