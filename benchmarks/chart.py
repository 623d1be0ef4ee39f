"""The bar chart of the README from what benchmarks/engine.py measured.

python benchmarks/engine.py --json benchmarks/results/engine.json
python benchmarks/chart.py benchmarks/results/engine.json docs/images/speed.png
"""

import argparse
import json
from pathlib import Path

from lenet5.plots import style


def main() -> None:
    """Draw patterns a second of training, every program of the benchmark, on one thread."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    rows = [row for row in json.loads(arguments.measured.read_text())["rows"] if row["task"] == "train"]
    bars = [(rows[0]["ours"], rows[0]["ours_per_second"], "")]
    bars += [(row["theirs"], row["theirs_per_second"], f", {row['ratio']:.1f} times slower") for row in rows]
    bars.sort(key=lambda bar: bar[1])

    figure = style.new_figure(7, 2.6, margin=0.08)
    axes = figure.add_subplot()
    axes.set_title("Training LeNet-5 on one thread", loc="left", fontsize=style.TITLE, color=style.BLACK)
    colours = [style.BLUE if not words else style.GREY for _, _, words in bars]
    axes.barh([name for name, _, _ in bars], [speed for _, speed, _ in bars], color=colours, height=0.6)
    for place, (_, speed, words) in enumerate(bars):
        axes.text(speed, place, f"  {speed:,.0f}{words}", va="center", fontsize=style.TEXT, color=style.BLACK)
    axes.set_xlabel("patterns a second of CPU time", fontsize=style.TEXT, color=style.BLACK)
    axes.tick_params(labelsize=style.TEXT, color=style.GREY, labelcolor=style.BLACK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(style.GREY)
    style.save(figure, arguments.picture)


if __name__ == "__main__":
    main()
