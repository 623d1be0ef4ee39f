# %% [markdown]
# # The paper in order: an equation, the lines of ours that are it, its picture
#
# A script, and a notebook where an editor knows `# %%` cells; `jupytext --to ipynb docs/tour.py` makes one.
# `python docs/tour.py` trains on the embedded digits in seconds and leaves its pictures in `tour/`;
# `python docs/tour.py --quick` trains on 100 patterns only.

# %%
import inspect
import sys
from dataclasses import replace
from pathlib import Path

import torch

import lenet5
from lenet5.layers.squash import squash
from lenet5.plots.before_and_after import before_and_after
from lenet5.plots.kernels import kernels
from lenet5.plots.loss_over_time import loss_over_time
from lenet5.plots.maps import maps
from lenet5.plots.style import save

QUICK = "--quick" in sys.argv
OUT = Path("tour")
OUT.mkdir(exist_ok=True)
digits = lenet5.load_dataset("digits")
preset = lenet5.PRESETS["digits"]
network = lenet5.LeNet5(preset.scale)
untrained = lenet5.predictions(network, digits.test)

# %% [markdown]
# ## Section II-B, figure 2: the layers

# %%
print(inspect.getsource(lenet5.LeNet5.__init__))
for row in lenet5.summary(network):
    print(row)

# %% [markdown]
# ## Eq. 5 and 6: the squashing function; sub-sampling; convolution; eq. 7: the RBF units

# %%
for lines in (
    squash,
    lenet5.Subsampling.total_input,
    lenet5.Convolution.total_input,
    lenet5.EuclideanRBF.forward,
):
    print(inspect.getsource(lines))
print("f(1) =", squash(torch.tensor(1.0)).item())

# %% [markdown]
# ## Section II-C, eq. 8 and 9: the losses, and what they send back

# %%
print(inspect.getsource(lenet5.MLELoss.derivatives))
print(inspect.getsource(lenet5.MAPLoss.derivatives))

# %% [markdown]
# ## Appendix C, eq. 22 to 27: the curvature; eq. 18 and 21: the step

# %%
print(inspect.getsource(lenet5.diagonal_curvature))
print(inspect.getsource(lenet5.SDLM.step))

# %% [markdown]
# ## Section III-B: training

# %%
train = digits.train.first(100) if QUICK else digits.train
trainer = lenet5.Trainer(replace(preset, curvature_patterns=100), 1, train, digits.test, "cpu", "auto", network)
trainer.run(1 if QUICK else preset.passes)
records = trainer.progress.records
for record in records:
    print(f"pass {record.pass_}: training error {record.train_error:.2%}, test error {record.test_error:.2%}")
save(loss_over_time(trainer.progress.loss_curve, [record.loss for record in records]), OUT / "loss.png")

# %% [markdown]
# ## Before and after; the kernels; a digit in every layer

# %%
trained = lenet5.predictions(network, digits.test)
shown = digits.test.first(40)
save(before_and_after(shown.images, shown.labels, untrained[:40], trained[:40]), OUT / "before_and_after.png")
c1 = network.C1
save(kernels(c1.dense(c1.weight).detach().numpy(), title="The kernels of C1"), OUT / "kernels.png")
x = lenet5.to_input(shown.images[:1])
states = {name: state[0].detach().numpy() for name, state in network.states(x).items()}
save(maps(x[0, 0].numpy(), states, title="A digit in every layer"), OUT / "maps.png")
