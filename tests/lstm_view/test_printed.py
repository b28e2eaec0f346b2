"""What other programs print is read to the last digit that they print, or refused."""
import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from test_reader import held

from lstm_view.incoming.reader import Refused, read_table
from lstm_view.words import words

TORCH = {  # as PyTorch 2.13 prints it -> its numbers
    "wide": ("tensor([[ 0.3456,  0.8216,  0.3304, -1.3032,  0.9054,  0.4464, -0.5370,  0.5811,\n"
             "          0.3646,  0.2941,  0.0284,  0.5467, -0.7365, -0.1629],\n"
             "        [-0.4821,  0.5988,  0.0397, -0.2925, -0.7819, -0.2572,  0.0081, -0.2756,\n"
             "          1.2941,  1.0067, -2.7112, -1.8890, -0.1748, -0.4222]],\n       dtype=torch.float64)",
             [[0.3456, 0.8216, 0.3304, -1.3032, 0.9054, 0.4464, -0.537, 0.5811, 0.3646, 0.2941, 0.0284, 0.5467, -0.7365,
               -0.1629],
              [-0.4821, 0.5988, 0.0397, -0.2925, -0.7819, -0.2572, 0.0081, -0.2756, 1.2941, 1.0067, -2.7112, -1.889,
               -0.1748, -0.4222]]),
    "exponents": ("tensor([ 3.4560e-04, -1.3032e-03,  9.0540e-04,\n         2.8400e-05], dtype=torch.float64)",
                  [[3.456e-4], [-1.3032e-3], [9.054e-4], [2.84e-5]]),
    "grad_fn": ("tensor([[1., 2.],\n        [3., 4.]], grad_fn=<MmBackward0>)", [[1, 2], [3, 4]]),
    "device": ("tensor([[0.5, 2.0]], device='cuda:0', dtype=torch.float16)", [[0.5], [2]]),
    "parameter": ("Parameter containing:\ntensor([ 0.5000, -1.0000], requires_grad=True)", [[0.5], [-1]]),
    "batch of one": ("tensor([[[ 0.9010, -0.8710, -1.2720]],\n\n        [[ 1.0280, -1.4140, -0.3350]]])",
                     [[0.901, -0.871, -1.272], [1.028, -1.414, -0.335]]),
    "nan": ("tensor([nan, 1.])", [[1], [1]]), "whole": ("tensor([1, 2, 3])", [[1], [2], [3]]),
    "one": ("tensor(0.25)", [[0.25]]),
}
PRINTED = {f"torch, {name}": case for name, case in TORCH.items()} | {
    "python": ("[0.1, 0.2, 0.3]", [[0.1], [0.2], [0.3]]),
    "python, named": ("x = [0.1, 0.2,\n     0.3,]\n", [[0.1], [0.2], [0.3]]),
    "python, remarks": ("[1,  # one\n 2,\n 3]", [[1], [2], [3]]),
    "python, tuples": ("(0.1, 0.2), (0.3, 0.4)", [[0.1, 0.2], [0.3, 0.4]]),
    "python, lists in lines": ("[0.1, 0.2]\n[0.3, 0.4]", [[0.1, 0.2], [0.3, 0.4]]),
    "python, spaces of other kinds": ("[0.1,\u00a00.2,\u30000.3]", [[0.1], [0.2], [0.3]]),
    "python, None": ("[0.1, None, float('nan'), 0.4]", [[0.1], [0.1], [0.1], [0.4]]),
    "python, 1_000": ("[1_000, 2_000.5]", [[1000], [2000.5]]),
    "python console": (">>> import numpy as np\n>>> np.array([1, 2])\narray([1, 2])", [[1], [2]]),
    "python console, nothing printed": (">>> x = [1,\n...      2]", [[1], [2]]),
    "ipython": ("In [2]: x\nOut[2]: array([1., 2.])", [[1], [2]]),
    "numpy, called": ("np.array([0.1, 0.2, 0.3, 0.4])", [[0.1], [0.2], [0.3], [0.4]]),
    "numpy, scalars": ("[np.float64(0.1), np.float64(-2.5)]", [[0.1], [-2.5]]),
    "numpy, masked": ("masked_array(data=[1.0, --, 3.0],\n             mask=[False,  True, False],\n"
                      "       fill_value=1e+20)", [[1], [1], [3]]),
    "tensorflow": ("<tf.Tensor: shape=(2, 2), dtype=float32, numpy=\narray([[1., 2.],\n"
                   "       [3., 4.]], dtype=float32)>", [[1, 2], [3, 4]]),
    "jax": ("Array([1., 2.], dtype=float32)", [[1], [2]]),
    "json, records": ('[{"a": 1, "b": 2},\n {"b": 4, "a": 3}]', [[1, 2], [3, 4]]),
    "json, lines": ('{"a": 1, "b": 2}\n{"a": 3, "b": 4}', [[1, 2], [3, 4]]),
    "json, lists by name": ('{"a": [1, 2, 3], "b": [4, 5, 6]}', [[1, 4], [2, 5], [3, 6]]),
    "json, of pandas": ('{"a":{"0":1,"1":2},"b":{"0":3,"1":4}}', [[1, 3], [2, 4]]),
    "json, of pandas, split": ('{"columns":["a","b"],"index":[0,1],"data":[[1,2],[3,4]]}', [[1, 2], [3, 4]]),
    "json, of pandas, other orders": ('{"a":{"x":1,"y":2},"b":{"y":4,"x":3}}', [[1, 3], [2, 4]]),
    "json, of pandas, by row": ('{"0":{"a":1,"b":2},"1":{"b":4,"a":3}}', [[1, 2], [3, 4]]),
    "json, of pandas, numbers for labels": ('{"0":{"0":1,"1":2},"1":{"0":3,"1":4}}', [[1, 3], [2, 4]]),
    "json, of pandas, a table": ('{"schema":{"fields":[]},"data":[{"index":0,"v":5},{"index":1,"v":6}]}', [[5], [6]]),
    "json, data beside other things": ('{"name":"x","data":[0.5,0.25]}', [[0.5], [0.25]]),
    "json, a list by name": ('{"values": [[1, 2], [3, 4]]}', [[1, 2], [3, 4]]),
    "json, dates and null": ('[{"day": "2024-01-01", "v": 0.5}, {"day": "2024-01-02", "v": null}]', [[0.5], [0.5]]),
    "matlab": ("[1 2; 3 4]", [[1, 2], [3, 4]]),
    "matlab, commas": ("x = [0.1, 0.2; 0.3 -0.4];", [[0.1, 0.2], [0.3, -0.4]]),
    "matlab, lines": ("A = [1 2\n     3 4]", [[1, 2], [3, 4]]),
    "matlab, upright": ("[\n0.1\n0.2\n0.3\n]", [[0.1], [0.2], [0.3]]),
    "matlab, lines and ;": ("A = [1 2;\n     3 4;\n     5 6];", [[1, 2], [3, 4], [5, 6]]),
    "matlab, a line goes on": ("x = [1 2 3 ...\n     4 5 6];", [[1], [2], [3], [4], [5], [6]]),
    "matlab, rows go on": ("x = [1 2 ...\n     3; 4, 5, ... % so\n     6];", [[1, 2, 3], [4, 5, 6]]),
    "matlab, transposed": ("[1 2; 3 4]'", [[1, 3], [2, 4]]),
    "matlab, several": (
        "a = [1 2 3]\nb = [4 5 6]", [[1, 4], [2, 5], [3, 6]]),
    "matlab's display": ("x =\n\n    0.8147    0.9134\n    0.9058    0.6324\n", [[0.8147, 0.9134], [0.9058, 0.6324]]),
    "matlab's factor": ("x =\n\n   1.0e+03 *\n\n    0.0010    1.0000\n    0.0020   -2.5000\n", [[1, 1000], [2, -2500]]),
    "matlab's small factor": ("   1.0e-03 *\n\n    0.1000    0.3000\n    0.2000    0.7000\n",
                              [[1e-4, 3e-4], [2e-4, 7e-4]]),
    "matlab's columns": (
        "A =\n\n  Columns 1 through 4\n\n    0.1    0.2    0.3    0.4\n    1.1    1.2    1.3    1.4\n\n"
        "  Column 5\n\n    0.5\n    1.5\n", [[0.1, 0.2, 0.3, 0.4, 0.5], [1.1, 1.2, 1.3, 1.4, 1.5]]),
    "octave's columns": (
        " Columns 1 and 2:\n\n   1   2\n   4   5\n\n Column 3:\n\n   3\n   6\n", [[1, 2, 3], [4, 5, 6]]),
    "a matlab vector": ("ans =\n\n     1     2     3\n", [[1], [2], [3]]),
    "r": (" [1] 0.1 0.2 0.3\n [4] 0.4 0.5", [[0.1], [0.2], [0.3], [0.4], [0.5]]),
    "r, a matrix": ("     [,1] [,2]\n[1,]  0.1  0.3\n[2,]   NA  0.4", [[0.1, 0.3], [0.1, 0.4]]),
    "r, its prompt": ("> x\n[1] 0.1 0.2\n> ", [[0.1], [0.2]]),
    "matlab's prompt": (">> A = [1 2]\n\nA =\n\n     1     2\n\n>> ", [[1], [2]]),
    "a quoted mail": ("> [1, 2,\n>  3]", [[1], [2], [3]]),
    "r, written": ("x <- c(0.1, 0.2, NA)", [[0.1], [0.2], [0.2]]),
    "numpy, its kind beside": ("np.array([1, 2], np.float32)", [[1], [2]]),
    "remarks before": ("# mine\n% and yours\n// and theirs\n\n[1, 2]", [[1], [2]]),
    "numpy, not copied": ("np.asarray([1, 2])", [[1], [2]]),
    "pandas, an index": ("Float64Index([1.0, 2.0])", [[1], [2]]),
    "mpmath": ("[mpf('0.1'), mpf('0.2')]", [[0.1], [0.2]]),
    "numpy, a broken row in a list": ("[[1.5 2.5\n  3.5 4.5]]", [[1.5], [2.5], [3.5], [4.5]]),
    "json, of pandas, dates": ('{"2024-01-01":{"a":1,"b":2},"2024-01-03":{"a":3,"b":4}}', [[1, 2], [3, 4]]),
    "json, of pandas, rows left out": ('{"0":{"a":1,"b":2},"5":{"a":3,"b":4}}', [[1, 2], [3, 4]]),
    "mathematica": ("{{1, 2}, {3, 4}}", [[1, 2], [3, 4]]),
}
REFUSED = {  # -> key, line
    "numpy, 1-D": (str(np.arange(2000)), "printed_gap", 1),
    "numpy, 2-D": (repr(np.random.default_rng(0).normal(size=(500, 3))), "printed_gap", 4),
    "numpy, at a line's end": (np.array2string(np.full(2000, -1 / 3), precision=17), "printed_gap", None),
    "torch": ("tensor([0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 2.9970e+03, 2.9980e+03,\n        2.9990e+03])",
              "printed_gap", 1),
    "pandas": ("      a\n0   0.1\n..  ...\n99  0.2", "printed_gap", 3),
    "open": ("[0.1, 0.2", "printed_open", 1), "closed": ("[1, 2]]", "printed_open", 1),
    "crossed": ("[(1, 2])", "printed_open", 1),
    "a word": ("[0.1,\n abc]", "printed_word", 2), "a sum": ("[1-2]", "printed_word", 1),
    "complex": ("[1+2j]", "printed_word", 1),
    "hexadecimal": ("[0x1f]", "printed_word", 1), "a sign for what is left out": ("[1, 2, …, 9]", "printed_gap", 1),
    "truth": ("[True, False]", "printed_word", 1), "a method": ("np.array([1, 2]).reshape(2, 1)", "printed_word", 1),
    "numbers that only NumPy knows": ("np.arange(5)", "printed_word", 1),
    "zeros": ("torch.zeros(4)", "printed_word", 1), "a range of python": ("list(range(3))", "printed_word", 1),
    "a function of a list": ("np.exp([1, 2])", "printed_word", 1), "a minus": ("[-np.array(1)]", "printed_word", 1),
    "a shape beside": ("matrix(c(1, 2, 3, 4), nrow=2)", "printed_word", 1),
    "cut by pandas": ("     0    1\n0  0.1  0.2\n.. ... ...\n9  0.3  0.4", "printed_gap", 3),
    "a range": ("[0:0.1:1]", "printed_word", 1), "a range with spaces": ("[0 : 1 : 5]", "printed_word", 1),
    "an assignment inside": ("[1, x = 2]", "printed_word", 1),
    "three dimensions": ("[[[1,2],[3,4]],[[5,6],[7,8]]]", "printed_deep", 1),
    "no end": ("[" * 99_999, "printed_deep", 1),
    "mixed": ("[1,\n [2]]", "printed_mixed", 2), "ragged": ("[[1,2],\n [3]]", "printed_ragged", 2),
    "two": ("[1, 2]\n\n[[3, 4]]", "printed_several", 3), "unequal": ("a = [1, 2]\nb = [3]", "printed_ragged", 2),
    "in lines of words": ("x [0.1, 0.2, 0.3]\ny [0.4, 0.5, 0.6]", "printed_bracket", 1),
    "the end of a list": ("0.1, 0.2]", "printed_bracket", 1), "c": ("float x[] = {0.1, 0.2}", "printed_bracket", 1),
    "a word in a line of numbers": ("0.1, abc, 0.3", "printed_word", 1), "infinite": ("[1, -inf]", "infinite", 1),
    "thousands with spaces": ("[1, 2,\n 1 000, 2]", "printed_parted", 2),
    "decimal commas": ("[0,5 1,25]", "printed_parted", 1),
    "nothing": ("[[], []]", "empty", None), "no text": ("['']", "empty", None),
    "r, a line missing": ("[1] 1 2\n[5] 3", "printed_gap", 2),
    "r, a matrix in pieces": ("     [,1]\n[1,]  0.1\n     [,2]\n[1,]  0.3", "printed_several", 3),
}


@pytest.mark.parametrize("what", PRINTED)
def test_what_programs_print_is_read(what):
    text, numbers = PRINTED[what]
    assert read_table(text).numbers.tolist() == numbers
    assert read_table(text.replace("\n", "\r\n").encode()).numbers.tolist() == numbers


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_list_of_numbers_is_refused_with_its_line(what):
    text, key, line = REFUSED[what]
    with pytest.raises(Refused) as caught:
        read_table(text)
    assert caught.value.key == key and (line is None or caught.value.values["line"] == line)
    held(key, caught.value.values)


def test_every_sentence_on_lists_is_held_by_a_case():
    here = {key for key in words("en").under("reader") if key.startswith("printed_")}
    assert {key for _, key, _ in REFUSED.values() if key.startswith("printed_")} | {"printed_factor"} == here
    [(key, values)] = read_table(PRINTED["matlab's factor"][0]).notes
    assert (key, values) == ("printed_factor", {"power": "3"})
    assert read_table(PRINTED["matlab's small factor"][0]).notes[0][1] == {"power": "−3"}
    held(key, values)


def test_names_are_those_of_records_and_of_lists():
    assert read_table('[{"a": 1, "b": 2}]').names == read_table("a = [1]\nb = [2]").names == ("a", "b")
    assert read_table('{"t [s]": [1, 2], "v": [3, 4]}').names == ("t [s]", "v")
    found = read_table('[{"city": "Seoul", "v": 1}, {"city": "Busan", "v": 2}]')
    assert found.names == ("v",) and dict(found.notes)["words"] == {"names": "city", "line": 1, "cell": "Seoul"}


def test_a_word_is_quoted_whole():
    for text, word in (("[0x1f]", "0x1f"), ("[1.0f, 2]", "1.0f"), ("[1, two]", "two"), ("[1+2j]", "+2j")):
        with pytest.raises(Refused) as caught:
            read_table(text)
        assert caught.value.values["cell"] == word


def test_a_long_list_stands_on_one_line():
    numbers = np.random.default_rng(0).normal(size=900).tolist()
    assert read_table(str(numbers)).numbers[:, 0].tolist() == numbers


decimals = some.integers(-9999, 9999).map(lambda number: number / 1000)
arrays = some.tuples(some.integers(2, 30), some.integers(0, 14)).flatmap(lambda shape: some.lists(
    decimals, min_size=shape[0] * max(1, shape[1]), max_size=shape[0] * max(1, shape[1])
).map(lambda flat: np.reshape(flat, shape if shape[1] else shape[:1])))


@settings(deadline=None, max_examples=60)
@given(arrays)
@example(np.arange(100.0))
@example(np.arange(90.0).reshape(3, 30))
def test_numpy_python_and_json_print_the_same_numbers(array):
    expected = (array if array.ndim == 2 and array.shape[1] > 1 else array.reshape(-1, 1)).tolist()
    rows = array.tolist()
    texts = [repr(array), str(array), str(rows), json.dumps(rows), json.dumps(rows, indent=1), f"x = {array!r}"]
    if array.ndim == 2:
        texts.append("[" + "; ".join(" ".join(map(str, row)) for row in rows) + "]")
        lines = "\n".join(" ".join(map(str, row)) for row in rows)
        texts += [f"[{lines}]"] * (lines.find("\n") < 60)  # as wide as NumPy's own lines it could be either
    for text in texts:
        assert read_table(text).numbers.tolist() == expected, text


@pytest.mark.parametrize("width", [40, 120, 200])
def test_numpy_may_print_lines_of_any_width(width):
    """A matrix is read as it is; a row that was broken is read as a row, or refused where it could be a matrix."""
    numbers = np.random.default_rng(1).normal(size=(3, 29))
    shown = np.array2string(numbers, max_line_width=width, precision=17, floatmode="unique")
    assert read_table(shown).numbers.tolist() == numbers.tolist()
    if width > 75:
        shown = np.array2string(numbers[0], max_line_width=width, precision=17, floatmode="unique")
        assert read_table(shown).numbers[:, 0].tolist() == numbers[0].tolist()


def test_what_is_no_list_of_numbers_in_numpy_is_refused():
    for array in (np.array([True]), np.array(["a"]), np.ones((2, 2), complex), np.array([None, {}])):
        with pytest.raises(Refused):
            read_table(repr(array))


pieces = some.lists(some.sampled_from(
    ["[", "]", "(", ")", "{", "}", ",", ";", ":", "=", "\n", " ", "1", "-2.5", "nan", "x", '"a"', "'", "...", "--",
     "tensor(", "dtype=f", "Columns 1 through 2\n", "1.0e+03 *\n", "x =\n", "[1] ", "<a>", ">>> ", "#", "%"]),
    max_size=40).map("".join)


@settings(deadline=None, max_examples=300)
@given(pieces | pieces.map(lambda text: "[" + text) | pieces.map(lambda text: "x =\n" + text))
def test_anything_between_brackets_is_read_or_refused(text):
    try:
        found = read_table(text)
    except Refused:
        return
    assert np.isfinite(found.numbers).all() and found.numbers.shape[1] == len(found.names)
