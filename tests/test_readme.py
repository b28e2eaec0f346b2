"""The README's Python runs as it stands there."""
import re
from pathlib import Path

import numpy as np

README = Path(__file__).parents[1] / "README.md"


def test_the_code_in_the_readme_runs_and_its_names_are_all_cells():
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    found = {}
    exec(compile(code, "README.md", "exec"), found)
    assert found["layers"]["h"].shape == (10, 2, 4) == found["grads"][1]["z"].shape
    listed = re.search(r'CELLS\["lstm"\] +# (.*?)\nparams', code, re.DOTALL)[1].replace("#", "").split()
    assert listed == list(found["CELLS"])
    total = found["analysis"].provenance(found["trace"]).sum(1)
    np.testing.assert_allclose(total, found["trace"]["c"], 1e-12, 1e-14)
