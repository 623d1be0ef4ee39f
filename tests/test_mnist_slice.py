"""The real MNIST: the whole way from files to scores on a slice, small enough for every test run."""

from pathlib import Path

from lenet5.training.config import Config
from lenet5.training.evaluation import answers, scores
from lenet5.training.presets import PRESETS
from lenet5.training.run import Run


def test_a_pass_over_a_slice_reads_nine_digits_in_ten(mnist_folder: Path, tmp_path: Path) -> None:
    config = Config("mnist", str(mnist_folder), PRESETS["1998"], seed=1, train_size=4000).changed(passes=1)
    run = Run.start(config, tmp_path / "run")
    assert run.train()
    report = run.finish()
    (record,) = report["passes"]
    assert report["patterns"] == 10_000
    assert record["eta"] == 0.0005
    assert record["test_error"] == report["test_error"] < 0.10
    assert report["macro_f1"] > 0.90
    assert report["before"]["test_error"] > 0.7
    # On the fly, the first patterns are read by an untrained network.
    assert record["test_error"] < record["train_error"] < 0.3
    again = scores(answers(run.trainer.network, run.evaluation_set), run.evaluation_set.labels)
    assert again.confusion == report["confusion"]
