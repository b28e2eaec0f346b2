"""How far an answer comes that does not read: at each step always the same, chosen by somebody who knows how often each
is right there."""
import numpy as np

Array = np.ndarray


def of_classes(allowed: Array, target: Array, weight: Array) -> tuple[float, float]:
    """The least loss of any constant answer, and the largest share of right ones of any, which may be another answer.

    allowed  (N, K) bool: the classes that are right, of each of N kinds of question
    target   (N,) int: the class that the loss is measured by
    weight   (T, N): how often each is asked at each step

    A constant answer is a ranking of the classes.  It is right where those that are allowed rank above all others, so
    one ranking can be right for several kinds: for those whose allowed classes lie within one another.
    """
    asked = weight.sum(1)
    steps = asked > 0
    weight, asked = weight[steps], asked[steps]
    share = weight @ (target[:, None] == np.arange(allowed.shape[1])) / asked[:, None]
    entropy = -(share * np.log(np.where(share, share, 1))).sum(1)
    return float(asked @ entropy / asked.sum()), float(_best_ranking(allowed, weight).sum() / asked.sum())


def of_batch(batch, loss: str, K: int, tolerance: float) -> tuple[float, float]:
    """The same, if each sequence of a task's batch is as likely as any other; of a loss "squares", of one number for
    all steps."""
    if loss == "squares":
        return of_numbers(batch.target[batch.mask], tolerance)
    allowed = batch.target[..., None] == np.arange(K) if batch.allowed is None else batch.allowed
    rows = np.column_stack([allowed[batch.mask], batch.target[batch.mask]])
    kinds, kind = np.unique(rows, axis=0, return_inverse=True)
    weight = np.zeros((len(batch.mask), len(kinds)))
    np.add.at(weight, (np.nonzero(batch.mask)[0], kind.ravel()), 1)
    return of_classes(kinds[:, :K].astype(bool), kinds[:, K], weight)


def _best_ranking(allowed, weight):
    """How much of each step's weight (T, N) is right by the best ranking there: the heaviest chain of sets."""
    sets, kind = np.unique(allowed, axis=0, return_inverse=True)
    order = np.argsort(sets.sum(1), kind="stable")
    heavy = np.stack([weight[:, kind.ravel() == k].sum(1) for k in order], 1)
    sets = sets[order]
    for k, larger in enumerate(sets):
        within = (sets[:k] <= larger).all(1)
        heavy[:, k] += heavy[:, :k][:, within].max(1, initial=0)
    return heavy.max(1)


def of_numbers(values: Array, tolerance: float) -> tuple[float, float]:
    """The same of one number for all of many values, which is right within a tolerance: its least mean square error is
    their variance."""
    values = np.sort(values, axis=None)
    last = np.searchsorted(values, values + 2 * tolerance, "right")  # those near enough to one in the middle of them
    return float(values.var()), float((last - np.arange(len(values))).max() / len(values))
