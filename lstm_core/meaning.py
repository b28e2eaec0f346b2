"""Which unit stands for what: how each goes along with each property of what is read."""
from collections.abc import Mapping

import numpy as np

Array = np.ndarray
STILL = 1e-9  # a unit whose values differ by less, relative to their size, is held to be constant


def meanings(values: Array, properties: Mapping[str, Array], mask: Array | None = None) -> Array:
    """Pearson's correlation of each unit with each property over all steps where it is defined: (H, P).

    values (T, B, H), such as a trace's "c"; properties: P of name -> (T, B), nan where undefined, in the order of the
    columns returned; mask (T, B): only these steps.  0 where either is constant, or there are not two steps.
    ValueError for other shapes.
    """
    shape = values.shape[:2]
    for name, array in (properties if mask is None else {**properties, "mask": mask}).items():
        if values.ndim != 3 or np.shape(array) != shape:
            raise ValueError(f"{name}: given the shape {np.shape(array)}; wanted that of values but the last, {shape}")
    found = np.zeros((values.shape[-1], len(properties)))
    for p, wanted in enumerate(properties.values()):
        here = ~np.isnan(wanted) if mask is None else ~np.isnan(wanted) & mask
        if here.any():
            found[:, p] = _standard(values[here]).T @ _standard(wanted[here][:, None])[:, 0]
    return np.clip(found, -1, 1)


def _standard(columns):
    """Columns less their mean, of length 1; 0 where they are constant."""
    size = np.abs(columns).max(0)
    centred = columns / np.where(size, size, 1)  # whose squares have a number, however large they are
    centred = centred - centred.mean(0)
    length = np.linalg.norm(centred, axis=0)
    return np.where(length > STILL * np.sqrt(len(columns)), centred / np.where(length, length, 1), 0)
