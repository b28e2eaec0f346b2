"""What the coloured squares of a Plotly figure hold, as it is sent and as it is drawn."""
import base64

import numpy as np

# A plot's heatmaps, row by row: what stands beside z where a row is scaled, else z itself.
HEATMAPS = """((plot) => (plot?._fullData ?? []).filter((trace) => trace.type === 'heatmap').map((trace) =>
    Array.from(trace.z, (row, j) => Array.from(row, (z, i) => trace.customdata?.[j]?.[i]?.[1] ?? z))))"""


def heatmaps(data: list[dict]) -> list[np.ndarray]:
    """The values of each heatmap, (rows, columns)."""
    return [values(trace) for trace in data if trace["type"] == "heatmap"]


def values(trace: dict) -> np.ndarray:
    """The values of one heatmap: z is how far they go towards their row's reach."""
    beside = unpacked(trace["customdata"])
    return beside[..., 1] if beside.ndim == 3 else unpacked(trace["z"])


def unpacked(array: object) -> np.ndarray:
    """A Plotly array as it is sent, packed or not."""
    if not isinstance(array, dict):
        return np.array(array)
    flat = np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])
    return flat.reshape([int(n) for n in str(array["shape"]).split(",")]) if "shape" in array else flat
