"""Plans are kept for later runs, as making one takes longer than to run it along a short sequence."""
from threading import Lock

PLANS, BYTES = 32, 1 << 28  # at most

_plans: dict[tuple, object] = {}  # the latest used last; a plan in use is not here, so no two threads run the same
_lock = Lock()


def take(key: tuple):
    """A plan, for this caller alone until it is put back; None if there is none."""
    with _lock:
        return _plans.pop(key, None)


def put_back(key: tuple, plan) -> None:
    """Keep a plan, which says its nbytes; the least lately used go when there are too many."""
    with _lock:
        _plans[key] = plan
        while len(_plans) > PLANS or sum(p.nbytes for p in _plans.values()) > BYTES:
            del _plans[next(iter(_plans))]
