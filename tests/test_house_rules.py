"""The rules that the code keeps, and that each guard can fail."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import lenet5

SOURCE = Path(lenet5.__file__).parent
ROOT = Path(__file__).parents[1]

# What is built here from tensor operations may not be taken ready-made.
READY_MADE = (
    *(
        "torch.optim",
        "torch.nn.functional",
        "torchvision",
        "torch.nn.modules",
        "torch.nn.init",
        "torch.nn.utils",
    ),
    *("torch.conv1d", "torch.conv2d", "torch.conv3d", "torch.convolution", "torch.cdist", "torch.bilinear"),
)
ALLOWED_OF_NN = {"torch.nn.Module", "torch.nn.Parameter"}

# Arrows point one way: a room may import from its own rank and the ranks before it. CONTRIBUTING shows this.
RANKS = (
    {"version"},
    {"paper", "bitmaps"},
    {"arrays", "tools"},
    {"layers"},
    {"network"},
    {"loss", "curvature", "sdlm"},
    {"data"},
    {"engine"},
    {"plots"},
    {"training"},
    {"reading"},
    {"reproduce", "export", "web"},
    {"cli"},
    {"__main__"},
)
LAYER_RANKS = (
    {"squash", "connections", "initial_weights"},
    {"layer"},
    {"convolution", "subsampling", "full_connection", "rbf"},
)


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text())


def names_used(tree: ast.Module) -> set[str]:
    """Every dotted name that a module imports or uses, spelled out in full: nn.Linear is torch.nn.Linear."""
    known: dict[str, str] = {}
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                used.add(alias.name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                used.add(f"{node.module}.{alias.name}")
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name)):
            head, _, tail = ast.unparse(node).partition(".")
            if head in known:
                used.add(f"{known[head]}.{tail}" if tail else known[head])
    return used


def ready_made(tree: ast.Module) -> set[str]:
    """The names used that are layers, losses or optimisers of somebody else's."""
    found = set()
    for name in names_used(tree):
        if any(name == banned or name.startswith(banned + ".") for banned in READY_MADE):
            found.add(name)
        if name.startswith("torch.nn.") and ".".join(name.split(".")[:3]) not in ALLOWED_OF_NN:
            found.add(name)
    return found


def test_nothing_ready_made() -> None:
    assert {file: names for file, tree in sources() if (names := ready_made(tree))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import torch.optim",
        "from torch import optim",
        "from torch.optim import SGD",
        "import torch\ntorch.optim.SGD([])",
        "from torch import nn\nnn.Conv2d(1, 6, 5)",
        "import torch\ntorch.nn.Linear(1, 2)",
        "import torch.nn as x\nx.CrossEntropyLoss()",
        "from torch.nn import functional as F\nF.conv2d(1, 2)",
        "import torch.nn.functional as F",
        "import torch\ntorch.conv2d(1, 2)",
        "from torch.nn.init import uniform_",
        "import torchvision",
    ],
)
def test_the_guard_against_the_ready_made_can_fail(line: str) -> None:
    assert ready_made(ast.parse(line))


def test_the_guard_lets_containers_and_tensor_operations_pass() -> None:
    assert not ready_made(ast.parse("import torch\nfrom torch import nn\nnn.Module; nn.Parameter(torch.tanh(x))"))


def imported(tree: ast.Module) -> set[str]:
    """The parts of lenet5 that a module imports when it runs; what only a type checker reads does not count."""
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    parts = set()
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "lenet5":
            parts |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lenet5."):
            parts.add(str(node.module).removeprefix("lenet5."))
        elif isinstance(node, ast.Import):
            parts |= {a.name.removeprefix("lenet5.") for a in node.names if a.name.startswith("lenet5.")}
    return parts


def rank(part: str, ranks: tuple[set[str], ...] = RANKS) -> int:
    found = [number for number, names in enumerate(ranks) if part in names]
    assert len(found) == 1, f"{part} stands in {len(found)} ranks: give it a rank in tests/test_house_rules.py"
    return found[0]


def against_the_arrows(file: str, tree: ast.Module) -> set[str]:
    """The imports of a module that point the wrong way."""
    me = file.removesuffix(".py").split("/")
    wrong = set()
    for part in imported(tree):
        other = part.split(".")
        between_layers = me[0] == other[0] == "layers" and len(me) == len(other) == 2 and me[1] != "__init__"
        backward = rank(other[0]) > rank(me[0])
        if backward or (between_layers and rank(other[1], LAYER_RANKS) > rank(me[1], LAYER_RANKS)):
            wrong.add(part)
    return wrong


def test_arrows_point_one_way() -> None:
    files = [(file, tree) for file, tree in sources() if file != "__init__.py"]
    assert {file: wrong for file, tree in files if (wrong := against_the_arrows(file, tree))} == {}


def test_the_guard_of_the_arrows_can_fail() -> None:
    assert against_the_arrows("network.py", ast.parse("from lenet5.training.trainer import Trainer"))
    assert against_the_arrows("layers/rbf.py", ast.parse("def f():\n    from lenet5 import loss"))
    assert against_the_arrows("layers/squash.py", ast.parse("from lenet5.layers.layer import Layer"))
    assert against_the_arrows("paper.py", ast.parse("import lenet5.bitmaps, lenet5.network"))
    assert not against_the_arrows("cli.py", ast.parse("from lenet5.network import LeNet5"))
    with pytest.raises(AssertionError, match="attic stands in 0 ranks: give it a rank"):
        against_the_arrows("attic/trunk.py", ast.parse("from lenet5 import paper"))


def test_contributing_shows_the_ranks() -> None:
    shown = " ← ".join(", ".join(sorted(names)) for names in RANKS)
    assert shown in " ".join((ROOT / "CONTRIBUTING.md").read_text().split())


def modules() -> list[str]:
    found = pkgutil.walk_packages([str(SOURCE)], "lenet5.")
    return ["lenet5", *(module.name for module in found if module.name != "lenet5.__main__")]


@pytest.mark.parametrize("name", modules())
def test_what_a_module_says_is_public_is_there_and_sorted(name: str) -> None:
    module = importlib.import_module(name)
    public = getattr(module, "__all__", [])
    assert list(public) == sorted(public)
    assert all(hasattr(module, item) for item in public)


def test_the_public_names_have_one_home_each() -> None:
    assert lenet5.__all__ == list(lenet5._HOMES)
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    typed = {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level == 0 for a in n.names}
    assert typed - {"lazy", "__version__", "TYPE_CHECKING"} == set(lenet5.__all__)


def undocumented(name: str, tree: ast.Module) -> list[str]:
    """Public modules, classes, functions and methods of public classes without a docstring."""
    missing = [] if ast.get_docstring(tree) else [name]
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_"):
            members = node.body if isinstance(node, ast.ClassDef) else []
            for item in [node, *(m for m in members if isinstance(m, ast.FunctionDef) and not m.name.startswith("_"))]:
                setter = any("setter" in ast.unparse(decorator) for decorator in item.decorator_list)
                if not ast.get_docstring(item) and not setter:
                    missing.append(f"{name}: {item.name}")
    return missing


def test_public_names_are_documented() -> None:
    assert [item for file, tree in sources() for item in undocumented(file, tree)] == []


def test_the_guard_of_the_docstrings_can_fail() -> None:
    assert undocumented("m", ast.parse("'''M.'''\nclass A:\n    '''A.'''\n    def b(self): pass\n")) == ["m: b"]


def test_functions_that_raise_value_errors_say_so() -> None:
    """A public function whose own body raises ValueError names it in its docstring, or its class does."""
    silent = []
    for file, tree in sources():
        for outer in [tree, *[n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]]:
            said_outside = "Raises" in (ast.get_docstring(outer) or "") if isinstance(outer, ast.ClassDef) else False
            for node in outer.body:
                if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                    continue
                raises = any(isinstance(n, ast.Raise) and "ValueError(" in ast.unparse(n) for n in ast.walk(node))
                if raises and not said_outside and "Raises" not in (ast.get_docstring(node) or ""):
                    silent.append(f"{file}: {node.name}")
    assert silent == []


def test_no_assert_stands_in_for_an_error_message() -> None:
    asserts = [file for file, tree in sources() for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    assert asserts == []


def test_every_public_layer_has_a_file_of_its_own() -> None:
    from lenet5.layers.layer import Layer

    for name in ("convolution", "subsampling", "full_connection", "rbf"):
        module = importlib.import_module(f"lenet5.layers.{name}")
        layers = [
            cls
            for _, cls in inspect.getmembers(module, inspect.isclass)
            if issubclass(cls, Layer) and not inspect.isabstract(cls)
        ]
        assert len(layers) == 1
