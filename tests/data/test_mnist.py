import functools
import gzip
import hashlib
import struct
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from lenet5 import paper
from lenet5.data import load_dataset, mnist
from lenet5.data.download import download
from lenet5.data.idx import IdxError
from lenet5.data.mnist import DatasetNotFoundError, load_mnist
from lenet5.data.patterns import Dataset

# A small database in MNIST's form: image n is all of grey level n, and its label n.
SMALL = {
    f"{part}-{kind}-ubyte": content
    for part, n in (("train", 6), ("t10k", 2))
    for kind, content in (
        (
            "images-idx3",
            struct.pack(">HBB3I", 0, 8, 3, n, 28, 28) + b"".join(bytes([i]) * 784 for i in range(n)),
        ),
        ("labels-idx1", struct.pack(">HBBI", 0, 8, 1, n) + bytes(range(n))),
    )
}


@pytest.fixture(autouse=True)
def small_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small database is the published one, no folder is named, and nothing may be downloaded."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in SMALL.items()}
    monkeypatch.setattr(mnist, "SHA256", digests)
    monkeypatch.delenv("LENET5_DATA", raising=False)
    monkeypatch.setattr(mnist, "download", lambda *_: pytest.fail("something was downloaded"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the small database, compressed, under the published names."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in SMALL.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    return folder


@pytest.fixture
def mirror(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that gives the folder's files; with it, downloads are allowed."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(mnist, "download", download)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def assert_is_the_small_database(dataset: Dataset) -> None:
    assert dataset.name == "mnist"
    for patterns, n in ((dataset.train, 6), (dataset.test, 2)):
        assert patterns.images.dtype == torch.uint8
        assert patterns.images.shape == (n, 28, 28)
        assert patterns.images[:, 0, 0].tolist() == patterns.images[:, 27, 27].tolist() == list(range(n))
        assert patterns.labels.dtype == torch.int64
        assert patterns.labels.tolist() == list(range(n))


def test_mnist_itself(mnist_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    dataset = load_dataset("mnist", mnist_folder)
    assert dataset.train.images.shape == (paper.TRAIN_PATTERNS, 28, 28)
    assert dataset.test.images.shape == (paper.TEST_PATTERNS, 28, 28)
    assert dataset.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert dataset.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert dataset.train.labels.bincount().tolist() == [
        5923,
        6742,
        5958,
        6131,
        5842,
        5421,
        5918,
        6265,
        5851,
        5949,
    ]
    # Ink on paper, not paper on ink: the corners are empty, and the known mean is 0.1307 of full ink.
    assert dataset.train.images[:, :2, :2].sum() == 0
    assert dataset.train.images.double().mean().item() / 255 == pytest.approx(0.1307, abs=5e-5)


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("before_idx", ["-", "."])
def test_every_spelling_of_the_names(tmp_path: Path, ending: str, before_idx: str) -> None:
    for name, content in SMALL.items():
        file = tmp_path / (name.replace("-idx", f"{before_idx}idx") + ending)
        file.write_bytes(gzip.compress(content) if ending else content)
    assert_is_the_small_database(load_mnist(tmp_path))


def test_the_folder_of_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LENET5_DATA", str(folder))
    assert_is_the_small_database(load_mnist())


def test_the_argument_comes_before_the_environment(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LENET5_DATA", str(tmp_path / "elsewhere"))
    assert_is_the_small_database(load_mnist(folder))


def test_the_environment_comes_before_the_cache(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LENET5_DATA", str(tmp_path / "elsewhere"))
    with pytest.raises(DatasetNotFoundError, match="elsewhere"):
        load_mnist(cache=folder)


def test_an_empty_environment_variable_names_no_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LENET5_DATA", "")
    assert_is_the_small_database(load_mnist(cache=folder))


def test_the_home_folder_may_be_abbreviated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("LENET5_DATA", "~/folder")
    assert_is_the_small_database(load_mnist())


def test_the_users_cache_is_the_default(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: folder.parent / name)
    (folder.parent / "lenet5").mkdir()
    folder.rename(folder.parent / "lenet5" / "mnist")
    assert_is_the_small_database(load_mnist())


def test_a_named_folder_without_the_files_is_an_error_and_downloads_nothing(folder: Path) -> None:
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    (folder / "train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(ValueError, match="MNIST was not found in") as caught:
        load_mnist(folder)
    message = str(caught.value)
    assert type(caught.value) is DatasetNotFoundError
    assert f"{folder}, which lacks train-images-idx3-ubyte, t10k-labels-idx1-ubyte (plain or .gz)" in message
    assert "--data DIR" in message


def test_what_the_cache_lacks_is_downloaded_once(mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "new" / "cache"
    assert_is_the_small_database(load_mnist(cache=cache, mirrors=[mirror]))
    assert {path.name for path in cache.iterdir()} == {f"{name}.gz" for name in SMALL}
    (cache / "t10k-images-idx3-ubyte.gz").unlink()
    assert_is_the_small_database(load_mnist(cache=cache, mirrors=[f"{mirror}missing/", mirror]))
    monkeypatch.setattr(mnist, "download", lambda *_: pytest.fail("something was downloaded again"))
    assert_is_the_small_database(load_mnist(cache=cache, mirrors=[mirror]))


def test_no_cache_and_no_mirror_name_the_way_out(mirror: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    mirrors = [f"{mirror}gone/", f"{mirror}lost/"]
    with pytest.raises(DatasetNotFoundError, match="MNIST was not found") as caught:
        load_mnist(cache=cache, mirrors=mirrors)
    message = str(caught.value)
    assert f"{cache} lacks train-images-idx3-ubyte (plain or .gz)" in message
    assert f"{mirrors[0]}train-images-idx3-ubyte.gz: HTTP status 404" in message
    assert f"{mirrors[1]}train-images-idx3-ubyte.gz: HTTP status 404" in message
    assert "--data DIR" in message


def test_a_cache_that_cannot_be_made_names_the_way_out(mirror: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DatasetNotFoundError, match=r"--data DIR$"):
        load_mnist(cache=tmp_path / "file" / "cache", mirrors=[mirror])


@pytest.mark.parametrize("name", SMALL)
def test_other_content_is_never_taken(folder: Path, name: str) -> None:
    changed = bytearray(SMALL[name])
    changed[-1] ^= 1
    (folder / f"{name}.gz").write_bytes(gzip.compress(changed))
    for where in ({"folder": folder}, {"cache": folder}):
        with pytest.raises(IdxError, match=f"{name}.gz is not the published file"):
            load_mnist(**where)
