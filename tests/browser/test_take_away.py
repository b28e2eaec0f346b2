"""What a visitor takes along: the picture, the code, the table."""
import csv
import io
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
from playwright.sync_api import expect
from screen import core, shows, shows_beside, texts, value

from lstm_view.words import words

SAY = words("en")
SVG = "{http://www.w3.org/2000/svg}"


def saved(page, name):
    """What a button of the picture downloads: file name, bytes."""
    with page.expect_download() as download:
        page.get_by_role("button", name=SAY(f"picture.save_{name}")).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_the_picture_as_svg_and_png(look):
    page = look("?start=random&clamp=f.1:0")
    shows_beside(page, "lstm", "forced", core(start="random", clamp={"f.1": 0}), core(start="random"))
    name, data = saved(page, "svg")
    assert name == "gatescope-lstm-2-3.svg"
    root = ET.fromstring(data)
    assert root.tag == f"{SVG}svg"
    drawn = {(el.get("data-node"), el.get("data-unit"), el.get("data-run", "")): el for el in root.iter() if
             el.get("data-node")}
    shown = [(at, run, number, text) for at, run, number, text in texts(page) if at[:2] not in ("W_", "U_", "b_")]
    assert len(drawn) == len(shown) > 40
    for at, run, number, text in shown:
        el = drawn[*at.rsplit(".", 1), run]
        assert float(el.get("data-value")) == number
        assert el.find(f"{SVG}text").text == text
    assert b"var(--" not in data  # it must look the same where there is no page around it

    name, data = saved(page, "png")
    assert name == "gatescope-lstm-2-3.png"
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert [width / 2, height / 2] == [float(n) for n in root.get("viewBox").split()[2:]]
    assert len(data) > 10_000  # something is drawn on it


def test_the_script_prints_what_the_screen_shows(look):
    page = look("?cell=gru&start=random&seed=3&edit=x.0:0.7")
    shows(page, "gru", core("gru", "random", seed=3, edit={"x.0": 0.7}))
    block = page.locator('[data-testid="stCode"]').first
    expect(block).to_contain_text("x = np.array([0.7")
    ran = subprocess.run([sys.executable, "-c", block.locator("code").inner_text()], capture_output=True, text=True,
                         check=True)
    h = next(line for line in ran.stdout.splitlines() if line.startswith("h ="))
    printed = [float(text) for text in h.removeprefix("h = [").removesuffix("]").split(",")]
    np.testing.assert_allclose(printed, [value(page, f"h.{k}") for k in range(3)], rtol=0, atol=1e-12)


def test_every_value_as_csv(look):
    page = look("?start=named&edit=x.1:1")
    wanted = core(edit={"x.1": 1})
    shows(page, "lstm", wanted)
    page.get_by_role("radio", name=SAY("take.csv")).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=SAY("take.save", file="lstm_csv.csv")).click()
    assert download.value.suggested_filename == "lstm_csv.csv"
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert len(rows) == 71
    for row in rows:
        assert float(row["value"]) == wanted[row["node"]][int(row["unit"]) - 1]
    page.get_by_role("radio", name=SAY("take.numpy")).click()
