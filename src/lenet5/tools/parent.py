"""A worker's parent: when it is gone, however it ended, there is nobody left to work for."""

import os
import threading
import time

# How often a worker looks, in seconds.
LOOK_EVERY = 0.5


def end_with(parent: int) -> None:
    """From now on, end this process when it is no longer the child of `parent`, a process's number.

    It may be gone already. The work under way is cut off, wherever it is: it must bear a `kill -9`. (Linux could send a
    signal instead, but does so when the thread that started the worker ends, and joblib has several.)
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
