"""The server's side of a worker: a process that trains, told what to do and heard."""
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock

from . import frames

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "lstm_view.learning.worker")
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")}


class Child:
    """One process, from its start to its end.  OSError if it cannot be started."""

    def __init__(self, command: tuple[str, ...] = COMMAND):
        # A process group of its own, so that Ctrl-C in the server's terminal is not for it; a session of its own would
        # make `nice` count for nothing against the server, where the system shares time out by session.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
                                        env=os.environ | ONE_THREAD, process_group=0)
        self._lock, self._early, self._open = Lock(), [], False

    def messages(self, start: object) -> Iterator[tuple]:
        """Say what to train, then all that it answers, until it ends or is killed; then nothing of it is left."""
        try:
            with suppress(OSError):  # it may be dead already
                frames.write(self.process.stdin, start)
                with self._lock:
                    for order in self._early:
                        frames.write(self.process.stdin, order)
                    self._open = True
                while message := frames.read(self.process.stdout):
                    yield message
        finally:
            self.process.kill()
            self.process.wait()
            with self._lock:
                self._open = False
                with suppress(OSError):
                    self.process.stdin.close()
            self.process.stdout.close()

    def tell(self, *order) -> None:
        """Give an order: so small, and at so few a time, that its pipe holds it; nobody waits for the process."""
        with self._lock, suppress(OSError):
            if self._open:
                frames.write(self.process.stdin, order)
            else:
                self._early.append(order)

    def kill(self) -> None:
        self.process.kill()
