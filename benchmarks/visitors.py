"""How long a visitor of `one_step` waits for a change while others train, beside the same without; and beside trainings
in threads of the server.

From the project's root: python -m benchmarks.visitors [rounds]

No browser: the server is the real one, and each visitor a client that speaks Streamlit's own protocol, as the browsers
are on other machines.  A change is another seed in the address: the whole page runs; it takes until the server says
that it has finished.  The trainings are begun on the page `training`, by its button: two run, one waits; the pages of
the three ask how it goes as often as they would in a browser.  They are halted and let run in turns of about a second,
so that a busy moment falls on all states.  Linux only.
"""
import itertools
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

TURNS, CHANGES = 10, 6  # of each state in a round, and a visitor's changes in a turn: within a training's budget
THINK = 0.1  # seconds between two of a visitor's changes
TRAININGS = "lang=en&task=adding&cells=rnn,lstm,gru&steps=20000&seed={}"
SERVE = "from benchmarks.visitors import serve; serve({!r}, {})"
STATES = {"none": (False, False), "three trainings": (True, True), "three, and nobody looks": (True, False)}
HOWS = ("processes", "threads")


class Visitor:
    """One open page, that may be changed by its address or a button, and in a thread looks as often as it asks for."""

    def __init__(self, port, page, query):
        self.page, self.hash, self.query, self.buttons, self.looks = page, "", query, set(), {}
        self.asks, self.looked = threading.Event(), 0  # whether it looks by itself, and how often it did
        self.errors = 0
        self._lock, self._done = threading.Lock(), threading.Event()
        self.socket = connect(f"ws://127.0.0.1:{port}/_stcore/stream", max_size=None, compression=None,
                              subprotocols=["streamlit"])
        for act in (self._listen, self._look):
            threading.Thread(target=act, daemon=True).start()
        self.change(query)

    def _send(self, **more):
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self.query, self.hash
        if not self.hash:
            state.page_name = self.page
        for name, value in more.items():
            if name == "pressed":
                state.widget_states.widgets.add(id=value, trigger_value=True)
            else:
                setattr(state, name, value)
        with self._lock, suppress(ConnectionClosed):  # at the end
            self.socket.send(message.SerializeToString())

    def change(self, query):
        """Seconds until the page has run with another address."""
        self.query = query
        return self._wait()

    def press(self, key):
        """Seconds until the page has run after a button was pressed."""
        return self._wait(pressed=next(id for id in self.buttons if id.endswith(f"-{key}")))

    def _wait(self, **more):
        self._done.clear()
        start = time.perf_counter()
        self._send(**more)
        if not self._done.wait(60):
            raise TimeoutError(self.query)
        return time.perf_counter() - start

    def _listen(self):
        for data in self.socket:
            message = ForwardMsg.FromString(data)
            match message.WhichOneof("type"):
                case "script_finished":
                    if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                        self._done.set()
                case "navigation":
                    self.hash = message.navigation.page_script_hash
                case "auto_rerun":
                    self.looks[message.auto_rerun.fragment_id] = message.auto_rerun.interval
                case "stop_auto_rerun":
                    for fragment in message.stop_auto_rerun.fragment_ids:
                        self.looks.pop(fragment, None)
                case "page_info_changed":
                    self.query = message.page_info_changed.query_string
                case "delta" if message.delta.new_element.WhichOneof("type") == "button":
                    self.buttons.add(message.delta.new_element.button.id)
                case "delta" if message.delta.new_element.WhichOneof("type") == "exception":
                    self.errors += 1

    def _look(self):
        due = {}
        while self.asks.wait():
            now, looks = time.monotonic(), dict(self.looks)
            for fragment in looks:
                if due.setdefault(fragment, now + looks[fragment]) <= now:
                    del due[fragment]
                    self.looked += 1
                    self._send(fragment_id=fragment, is_auto_rerun=True)
            time.sleep(0.02)


class Inside:
    """In place of lstm_view.learning.child.Child: the same training in the thread that would have listened to it."""

    halted = False

    def __init__(self, command):
        self.stopped = False

    def messages(self, start):
        from lstm_core.training import train
        from lstm_view.learning.race import settings
        from lstm_view.learning.worker import ROUNDS

        lanes = {name: train(each, every=5) for name, each in settings(start[0]).items()}  # so often it can be halted
        while not self.stopped:
            while self.halted:
                time.sleep(0.05)
            records, end = {name: [] for name in lanes}, time.monotonic() + 1 / ROUNDS
            while time.monotonic() < end and not self.stopped:
                for name, lane in lanes.items():
                    records[name].append(next(lane))
            yield "records", records
        yield ("stopped",)

    def tell(self, *order):
        self.stopped = True

    kill = tell


def serve(how, port):
    """The app's server, in this process, with trainings in processes or in threads."""
    from streamlit.web.cli import main

    from lstm_view.learning import desk

    if how == "threads":
        desk.Child = Inside
        signal.signal(signal.SIGUSR1, lambda *_: setattr(Inside, "halted", False))
        signal.signal(signal.SIGUSR2, lambda *_: setattr(Inside, "halted", True))
    main(["run", "app.py", "--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"])


@contextmanager
def served(how):
    """The port of a server, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", SERVE.format(how, port)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.STDOUT)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(20)


def set_state(state, pid, how, trainers):
    """Let the trainings that were begun run, or halt them as they are; and let their pages look, or not."""
    trains, looks = STATES[state]
    if how == "threads":
        os.kill(pid, signal.SIGUSR1 if trains else signal.SIGUSR2)
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGCONT if trains else signal.SIGSTOP)
    for trainer in trainers:
        (trainer.asks.set if looks else trainer.asks.clear)()


def a_round(how, pid, visitor, trainers, seeds):
    """Seconds of a visitor's changes, by state."""
    took = {state: [] for state in STATES}
    for k, trainer in enumerate(trainers):
        trainer.change(TRAININGS.format(k))
        trainer.press("button.go")
    for _, state in itertools.product(range(TURNS), STATES):
        set_state(state, pid, how, trainers)
        for k in range(CHANGES):
            time.sleep(THINK)
            seconds = visitor.change(f"lang=en&start=random&seed={next(seeds)}")
            if k:  # the first falls on the others' beginning
                took[state].append(seconds)
    set_state("three, and nobody looks", pid, how, trainers)
    for trainer in trainers:
        trainer.press("button.stop")
    return took


def main(rounds=5, hows=HOWS):
    found, seeds = {}, itertools.count()
    with ExitStack() as stack:
        people = {}
        for how in hows:
            port, pid = stack.enter_context(served(how))
            people[how] = pid, Visitor(port, "one_step", "lang=en"), [
                Visitor(port, "training", "lang=en") for _ in range(3)]
            for one in (people[how][1], *people[how][2]):
                stack.callback(one.socket.close)
        for _, how in itertools.product(range(rounds), hows):
            found.setdefault(how, []).append(a_round(how, *people[how], seeds))
    print("| | median, ms | 95th percentile, ms | / none | its rounds |\n|---|---|---|---|---|")
    for how, state in itertools.product(hows, STATES):
        every, none = ([seconds for took in found[how] for seconds in took[name]] for name in (state, "none"))
        each = ", ".join(f"{late(took[state]) / late(took['none']):.2f}" for took in found[how])
        print(f"| {how}: {state} | {1000 * statistics.median(every):.0f} | {1000 * late(every):.0f} "
              f"| {late(every) / late(none):.2f} | {each} |")


def late(seconds):
    """The 95th percentile."""
    return statistics.quantiles(seconds, n=20)[-1]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
