"""What the experiment cache does, once: a job in a folder of its own."""

from abc import ABC, abstractmethod
from pathlib import Path


class Job(ABC):
    """Something that takes long, is done in a folder of its own, and need not be done twice."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The folder's."""

    @property
    @abstractmethod
    def passes(self) -> int:
        """How much work it is, in passes of LeNet-5 through the training set."""

    @abstractmethod
    def do(self, folder: Path, data: str | None) -> None:
        """Do what is left of it; `data` is MNIST's folder."""

    @abstractmethod
    def is_done(self, folder: Path) -> bool:
        """Whether nothing is left of it."""

    def passes_done(self, folder: Path) -> int:
        """How far it is; a job that does not say is done or not."""
        return self.passes if self.is_done(folder) else 0
