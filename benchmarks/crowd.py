"""Whether many visitors at once see an error: 2,500 runs of the page `one_step`, in the server's threads.

From the project's root: python -m benchmarks.crowd [visitors] [runs]

No browser: clients that speak Streamlit's own protocol, see visitors.py, each with a page of its own, change seed and
cell without a pause; every third cell is one that nobody has read yet, so that text is parsed all the time.  Prints
how many runs ended in an error, and exits with 1 if any did; with what, the server tells nobody.
"""
import itertools
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlencode

from benchmarks.visitors import Visitor, served
from lstm_core import CELLS
from lstm_view.incoming.own_cell import name_of

VISITORS, RUNS = 30, 2_500
OWN = CELLS["lstm"].equations.strip()


def query(k):
    """The address of the k-th run."""
    cell = ("lstm", "gru", name_of(OWN.replace("h = o *", f"h = {k / 1000} * o *"), "lstm"))[k % 3]
    return urlencode({"lang": "en", "start": "random", "seed": k, "cell": cell})


def visit(visitor, numbers):
    """Seconds of each run of one visitor."""
    took = []
    for k in numbers:
        took.append(visitor.change(query(k)))
    return took


def main(visitors=VISITORS, runs=RUNS):
    with ExitStack() as stack:
        port, _ = stack.enter_context(served("processes"))
        people = [Visitor(port, "one_step", "lang=en") for _ in range(visitors)]
        for one in people:
            stack.callback(one.socket.close)
        pool, start = stack.enter_context(ThreadPoolExecutor(visitors)), time.perf_counter()
        each = [range(first, runs, visitors) for first in range(visitors)]
        took = list(itertools.chain.from_iterable(pool.map(visit, people, each)))
        seconds, errors = time.perf_counter() - start, sum(one.errors for one in people)
    print(f"{len(took)} runs of {visitors} visitors in {seconds:.0f} s, median {statistics.median(took):.2f} s: "
          f"{errors} errors")
    sys.exit(bool(errors))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
