"""The rules that the code keeps, and that each guard can fail."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Final

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
    {"graphs"},
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


def says_what_is_public(tree: ast.Module) -> bool:
    """Whether a module has `__all__`."""
    return any(
        "__all__" in [ast.unparse(target) for target in n.targets] for n in tree.body if isinstance(n, ast.Assign)
    )


def dotted(file: str) -> str:
    """The name that a file is imported by."""
    return ".".join(["lenet5", *file.removesuffix(".py").removesuffix("__init__").strip("/").split("/")]).rstrip(".")


def wrongly_public(module: ModuleType) -> list[str]:
    """What of `__all__` the module does not have, has twice or has out of order, or that it has none."""
    public = list(getattr(module, "__all__", []))
    if not public:
        return ["no __all__"]
    absent = [name for name in public if not hasattr(module, name)]
    return absent + [after for before, after in pairwise(public) if before >= after]


PUBLIC = [dotted(file) for file, tree in sources() if says_what_is_public(tree)]


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_module_says_is_public_is_there_and_sorted(name: str) -> None:
    assert wrongly_public(importlib.import_module(name)) == []


def test_the_guard_of_what_is_public_can_fail() -> None:
    assert {"lenet5", "lenet5.data", "lenet5.engine"} <= set(PUBLIC)
    module = ModuleType("m")
    assert wrongly_public(module) == ["no __all__"]
    module.__dict__.update({"__all__": ["b", "a", "b", "c"], "a": 1, "b": 2})
    assert wrongly_public(module) == ["c", "a"]
    module.__dict__.update({"__all__": ["a", "b"]})
    assert wrongly_public(module) == []


def test_the_public_names_have_one_home_each() -> None:
    assert lenet5.__all__ == list(lenet5._HOMES)
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    typed = {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level == 0 for a in n.names}
    assert typed - {"lazy", "__version__", "TYPE_CHECKING"} == set(lenet5.__all__)


# A public class or function of fewer lines may leave its name and its signature to say all; a module never.
SAYS_ALL: Final = 12


def raises_value_errors(node: ast.AST) -> bool:
    """Whether a function's own body raises ValueError."""
    return any(isinstance(n, ast.Raise) and "ValueError(" in ast.unparse(n) for n in ast.walk(node))


def undocumented(name: str, tree: ast.Module) -> list[str]:
    """The module, and its public classes, functions and methods, that need a docstring and have none."""
    missing = [] if ast.get_docstring(tree) else [name]
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_"):
            members = node.body if isinstance(node, ast.ClassDef) else []
            for item in [node, *(m for m in members if isinstance(m, ast.FunctionDef) and not m.name.startswith("_"))]:
                lines = (item.end_lineno or item.lineno) - item.lineno + 1
                setter = any("setter" in ast.unparse(decorator) for decorator in item.decorator_list)
                needed = (lines >= SAYS_ALL or raises_value_errors(item)) and not setter
                if needed and not ast.get_docstring(item):
                    missing.append(f"{name}: {item.name}")
    return missing


def test_public_names_that_do_not_say_all_are_documented() -> None:
    assert [item for file, tree in sources() for item in undocumented(file, tree)] == []


def test_the_guard_of_the_docstrings_can_fail() -> None:
    assert undocumented("m", ast.parse("def f(): pass")) == ["m"]
    long = "    x = 1\n" * (SAYS_ALL - 1)
    assert undocumented("m", ast.parse(f"'M.'\ndef f():\n{long}")) == ["m: f"]
    assert undocumented("m", ast.parse("'M.'\nclass A:\n    def b(self):\n        raise ValueError('no')")) == [
        "m: A",
        "m: b",
    ]
    assert undocumented("m", ast.parse("'M.'\nclass A:\n    def connections(self): return 1")) == []
    assert undocumented("m", ast.parse(f"'M.'\ndef _f():\n{long}")) == []


def test_functions_that_raise_value_errors_say_so() -> None:
    """A public function whose own body raises ValueError names it in its docstring, or its class does."""
    silent = []
    for file, tree in sources():
        for outer in [tree, *[n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]]:
            said_outside = "Raises" in (ast.get_docstring(outer) or "") if isinstance(outer, ast.ClassDef) else False
            for node in outer.body:
                if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                    continue
                if raises_value_errors(node) and not said_outside and "Raises" not in (ast.get_docstring(node) or ""):
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


# The longest module: what is read at one sitting. The paper's own, at the root and in layers/, are shorter.
MOST_LINES: Final = 330
MOST_LINES_OF_THE_PAPER: Final = 180
OF_THE_PAPER: Final = {"paper.py", "bitmaps.py", "network.py", "loss.py", "curvature.py", "sdlm.py"}


def too_long(file: str, lines: int) -> bool:
    """Whether a module of src/lenet5 has more lines than are read at one sitting."""
    of_the_paper = file in OF_THE_PAPER or file.startswith("layers/")
    return lines > (MOST_LINES_OF_THE_PAPER if of_the_paper else MOST_LINES)


def test_no_module_is_longer_than_is_read_at_one_sitting() -> None:
    counted = {path.relative_to(SOURCE).as_posix(): path.read_text().count("\n") for path in SOURCE.rglob("*.py")}
    assert counted.keys() >= OF_THE_PAPER
    assert {file: lines for file, lines in counted.items() if too_long(file, lines)} == {}


def test_the_guard_of_the_length_can_fail() -> None:
    assert too_long("web/app.py", MOST_LINES + 1)
    assert too_long("sdlm.py", MOST_LINES_OF_THE_PAPER + 1)
    assert too_long("layers/rbf.py", MOST_LINES_OF_THE_PAPER + 1)
    assert not too_long("web/app.py", MOST_LINES)


# One word, one thing: these are retired, for the field's words or the paper's. As words, in prose and in names alike:
# FrozenNetwork and frozen_network are "frozen network". Ordinary English is not among them.
RETIRED_WORDS: Final = {
    "ink": "foreground",
    "inks": "foreground",
    "32×32 field": "input",
    "sheet": "page",
    "sheets": "pages",
    "finding": "segmentation",
    "findings": "what was found",
    "surroundings": "clutter",
    "frozen network": "inference network",
    "silence of the paper": "what the paper leaves open",
    "paper s silence": "what the paper leaves open",
    "silences": "what the paper leaves open, ablations",
    "reading of the paper": "variant",
    "readings of the paper": "variants",
    "reading of appendix": "variant",
    "readings of appendix": "variants",
    "rival": "baseline",
    "rivals": "baselines",
    "twin": "reference",
    "lab": "experiment cache",
    "desk": "work queue",
}
# As names that Python code defines, and as files. "Of", "way" and "place" are words, and no names for things.
RETIRED_NAMES: Final = {
    *("why_not", "choose", "late", "readings_out", "of_a_run", "network_of"),
    *("judge", "judges", "moments", "numbers_of", "piece", "pieces", "refusal", "way", "most", "of", "place"),
}
RETIRED_FILES: Final = {
    *("ink.py", "finding.py", "sheet.py", "rivals.py", "lab.py", "weights.py", "silences.py"),
    *("desk.py", "contract.py", "shapes.py", "refusal.py", "body.py", "access.py"),
}
# In C++: the helpers have the field's names.
RETIRED_IN_CPP: Final = re.compile(r"\b(everywhere|sums|shares|PLACES|PITCH|take|put_back)\b(?=\s*[({=;,)*+\]]|\s*\*)")


# What users know stays: an alias of a new name, a key of JSON and ONNX, a sentence.
ALIASES: Final = {
    "src/lenet5/reproduce/__init__.py": {"silences"},
    "src/lenet5/export/json.py": {"ink"},
    "src/lenet5/export/onnx.py": {"ink"},
    "src/lenet5/cli/read.py": {"ink"},
}


def plain(text: str) -> str:
    """Text and names as words in lower case, with one space between: FrozenNetwork, frozen_network → frozen network."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.sub(r"[^\w×]|_", " ", text).lower().split())


def retired_words(text: str) -> set[str]:
    """The retired words that a text has."""
    words = f" {plain(text).replace('style sheet', 'stylesheet')} "
    return {word for word in RETIRED_WORDS if f" {word} " in words}


def retired_names(tree: ast.Module) -> set[str]:
    """The retired names that a module defines: functions, classes, arguments, variables, attributes."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
    return {name.strip("_").lower() for name in names} & RETIRED_NAMES


def prose(text: str) -> str:
    """A page without what it quotes from the code, `like this`."""
    return re.sub(r"`[^`]*`", "", text)


def retired(files: Iterable[Path]) -> dict[str, set[str]]:
    """The retired words and names by file."""
    found = {}
    for path in files:
        text = path.read_text()
        words = retired_words(prose(text) if path.suffix == ".md" else text)
        if path.suffix == ".py":
            words |= retired_names(ast.parse(text))
        if path.suffix in (".cpp", ".hpp"):
            words |= set(RETIRED_IN_CPP.findall(text))
        if path.name in RETIRED_FILES:
            words.add(path.name)
        name = path.relative_to(ROOT).as_posix()
        if words := words - ALIASES.get(name, set()):
            found[name] = words
    return found


def pages() -> Iterator[Path]:
    """README, CONTRIBUTING and docs/, but for what `lenet5 reproduce` writes: its words are in src."""
    yield from (ROOT / "README.md", ROOT / "CONTRIBUTING.md")
    yield from (path for path in (ROOT / "docs").rglob("*.md") if path.name != "results.md")


def test_no_page_has_a_retired_word() -> None:
    assert retired(pages()) == {}


def test_no_source_has_a_retired_word() -> None:
    suffixes = {".py", ".pyi", ".hpp", ".cpp", ".js", ".css", ".html", ".md", ".in"}
    assert retired(path for path in sorted(SOURCE.rglob("*")) if path.suffix in suffixes) == {}


def test_the_guard_of_the_words_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert retired_words("class FrozenNetwork:  # the silences of the paper") == {"frozen network", "silences"}
    assert retired_words("ink_of(page), Ink, INK, InkOf") == {"ink"}
    assert retired_words("in the 32×32 field; the rivals' lab.") == {"32×32 field", "rivals", "lab"}
    assert (
        retired_words("A link, a stylesheet, a style sheet, a label, frozen=True, the receptive field, reading.")
        == set()
    )
    assert retired_words("the way of a picture to its place, most of all") == set()
    assert retired_names(ast.parse("def late(way, x):\n    self._judge, MOST = x")) == {"late", "way", "judge", "most"}
    assert retired_names(ast.parse("path = lazily(x); 'a way of most'; print(of)")) == set()
    assert RETIRED_IN_CPP.findall("take(p, q); float shares[PITCH * 2]; // it takes sums of squares") == [
        "take",
        "PITCH",
    ]
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "desk.py").write_text("")
    (tmp_path / "a.md").write_text("`paper.INK` is quoted, ink is not")
    assert retired([tmp_path / "desk.py", tmp_path / "a.md"]) == {"desk.py": {"desk.py"}, "a.md": {"ink"}}


def untyped(tree: ast.Module) -> list[str]:
    """The functions with an argument or an answer that has no type."""
    missing = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            takes = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            unsaid = [arg.arg for arg in takes if arg and not arg.annotation and arg.arg not in ("self", "cls")]
            if unsaid or node.returns is None:
                missing.append(node.name)
    return missing


def test_tests_are_typed_as_what_they_test_is() -> None:
    files = sorted((ROOT / "tests").rglob("*.py"))
    assert {file.name: names for file in files if (names := untyped(ast.parse(file.read_text())))} == {}


def test_the_guard_of_the_types_can_fail() -> None:
    assert untyped(ast.parse("def f(x) -> None: pass\ndef g(x: int, *y): pass\ndef h(self, x: int) -> int: pass")) == [
        "f",
        "g",
    ]
