"""A worker ends when its parent process has ended, however that came about."""

import os
import threading
import time

# How often a worker looks, in seconds.
LOOK_EVERY = 0.5


def end_with(parent: int) -> None:
    """From now on, end this process as soon as it is no longer the child of `parent`, a process's number.

    The parent may be gone already.
    The work under way is cut off wherever it is, as by `kill -9`.
    Linux could send a signal instead, but does so when the thread that started the worker ends; joblib has several.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
