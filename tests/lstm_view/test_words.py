import ast
import re
import tomllib
from string import Formatter

import numpy as np
import pytest

from lstm_core import CELLS
from lstm_core.cells import DEPTH_GATED, GRID
from lstm_view.diagram.layout import STAGES, layout
from lstm_view.incoming import starts
from lstm_view.incoming.sentence import written
from lstm_view.numbers.experiment import DEFAULTS, compute, fit
from lstm_view.parts.frame import PAGES
from lstm_view.telling.names import heading, title
from lstm_view.telling.narrate import stages
from lstm_view.words import ASSETS, LANGUAGES, Words, plain, words

ROOT = ASSETS.parent
SOURCES = [*ROOT.glob("*.py"), *ROOT.glob("pages/*.py"), *ROOT.glob("lstm_view/**/*.py"), *ROOT.glob("lstm_core/*.py")]
BARE = {"Gatescope", "LSTM", "GRU", "RNN", "SVG", "PNG", "NumPy", "PyTorch", "tanh", ""}  # Korean as they are
EN, KO = words("en"), words("ko")
each = pytest.mark.parametrize("lang", LANGUAGES)


def places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_the_languages():
    assert LANGUAGES == ("en", "ko")
    assert (EN("name"), KO("name")) == ("English", "한국어")


def test_no_two_files_of_a_language_say_the_same_key():
    for lang in LANGUAGES:
        sections = [set(tomllib.loads(path.read_text("utf-8"))) for path in (ASSETS / "locales" / lang).iterdir()]
        assert sum(map(len, sections)) == len(set().union(*sections))


def test_every_language_has_every_key():
    assert EN.entries.keys() == KO.entries.keys()


def test_a_key_has_the_same_places_in_every_language():
    assert [key for key in EN.entries if places(EN.entries[key]) != places(KO.entries[key])] == []


def test_a_text_has_no_space_around_it():
    texts = [*EN.entries.values(), *KO.entries.values()]
    assert [text for text in texts if text != text.strip() or "  " in text] == []


def test_korean_is_korean():
    def foreign(text):
        text = re.sub(r"\{\w+\}|(?<=[가-힣])\([A-Za-z ,]+\)", "", text)  # in brackets may stand what others call it
        korean = re.search("[가-힣]", text) or text in BARE or not re.search("[A-Za-z]", text)
        return not korean or re.search(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", text)

    assert foreign("Point at a square") and foreign("값 every single word") and not foreign("{x}의 값 tanh")
    assert {key: text for key, text in KO.entries.items() if foreign(text)} == {}


@pytest.mark.parametrize(("word", "other"), [
    ("비교", "견[주준줄줘]"), ("버튼", "단추"), ("바꾼 계산", "바꾼 실행"), ("주위", "둘레"), ("정답", "맞는 답"),
    ("멈춤", "일시 정지"), ("바닐라 LSTM", "기본 LSTM"), ("전체 미분값", "전체 미분(?!값)"), ("더한 값", "더하는 값"),
    ("기울기의 노름", "기울기의? 크기"), ("tanh의 미분값", "tanh의 기울기"), ("두 셀에 모두 있는", "함께 가진"),
    ("유닛 {unit}", r"\{unit\}번"), ("{T}시점", r"\}개 시점")])
def test_one_concept_has_one_word_in_korean(word, other):
    texts = KO.entries | {p.stem: p.read_text("utf-8") for p in (ASSETS / "prose" / "ko").iterdir()}
    assert any(word in text for text in texts.values())
    assert {key: text for key, text in texts.items() if re.search(other, text)} == {}


def test_english_is_english():
    assert [text for text in EN.entries.values() if re.search("[가-힣]", text)] == []


def test_every_prose_file_is_there_in_every_language():
    files = {lang: {p.name for p in (ASSETS / "prose" / lang).iterdir()} for lang in LANGUAGES}
    assert files["en"] == files["ko"] != set()


@pytest.mark.parametrize("name", sorted(p.stem for p in (ASSETS / "prose" / "en").iterdir()))
def test_prose(name):
    english, korean = (say.prose(name) for say in (EN, KO))
    assert not re.search("[가-힣]", english)
    assert re.search("[가-힣]", korean)
    without_formulas = re.sub(r"\$[^$]*\$|`[^`]*`|\([^)]*\)", "", korean)
    assert not re.search(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", without_formulas)
    assert re.findall(r"\$[^$]*\$", english) == re.findall(r"\$[^$]*\$", korean)
    assert len(re.split(r"\n\s*\n|\n(?=\d\.)", english.strip())) == len(re.split(r"\n\s*\n|\n(?=\d\.)", korean.strip()))


@each
def test_the_sentence_has_a_hundred_words(lang):
    assert len(written(words(lang).prose("sentence")).split()) == 100


@each
def test_what_the_code_asks_for_by_a_computed_key_is_there(lang):
    say = words(lang)
    asked = {f"cell.{cell}" for cell in CELLS} | {f"start.{s}" for s in starts.STARTS}
    asked |= {f"start_text.{s}" for s in starts.STARTS} | {f"start_home.{s}" for s in starts.STARTS}
    asked |= {f"stage.{kind}.{stage}" for kind, order in STAGES.items() for stage in order}
    asked |= {f"page.{page}" for page in PAGES if page != "home"}
    asked -= say.entries.keys()
    assert not asked


@each
def test_every_value_has_a_name_of_its_own(lang):
    for cell in CELLS.values():
        names = ["x", *(f"{s}_prev" for s in cell.state), *cell.inputs, *cell.node]
        titles = [title(cell, name, words(lang)) for name in names]
        assert all(t.strip() and "{" not in t and "." not in t.strip(".") for t in titles)
        assert len(set(titles)) == len(titles)


@each
def test_every_caption_in_a_picture_is_there(lang):
    captions = words(lang).under("caption")
    for cell in CELLS.values():
        for narrow in (False, True):
            asked = {part["caption"] for part in layout(cell, 2, 3, narrow)["parts"] if part.get("caption")}
            assert all(captions[caption] for caption in asked), asked


def literals():
    """Every string in the sources, and every f-string as a pattern."""
    plain, patterns = set(), set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Constant(str(text)):
                    plain.add(text)
                case ast.JoinedStr(parts):
                    texts = [part.value if isinstance(part, ast.Constant) else None for part in parts]
                    patterns.add("".join(r"[\w.]+" if text is None else re.escape(text) for text in texts))
                case ast.BinOp(ast.Constant(str(text)), ast.Add()):
                    patterns.add(re.escape(text) + r"[\w.]+")
    return plain, {p for p in patterns if re.match(r"\w+\\\.", p)}


class Asked(dict):
    """Entries that remember which were asked for."""

    def __init__(self, entries):
        super().__init__(entries)
        self.keys_asked = set()

    def __getitem__(self, key):
        self.keys_asked.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.keys_asked.add(key)
        return super().get(key, default)


def test_no_key_is_unused():
    plain, patterns = literals()
    scripts = {path.stem: path.read_text(encoding="utf-8") for path in (ASSETS / "diagram").glob("*.js")}
    script = "".join(scripts.values())
    say = Words("en", Asked(EN.entries))
    captions = set()
    for cell in CELLS.values():
        experiment = compute(fit(DEFAULTS | {"cell": cell.name, "start": "random"})[0])
        for edit in {}, {f"{name}.{k}": 0.0 for name in cell.inputs for k in range(3)}:  # as it is, and at rest
            stages(compute(fit(DEFAULTS | {"cell": cell.name, "start": "random", "edit": edit})[0]), say)
        for name in (*experiment.inputs, *cell.node):
            heading(cell, name, 0, say)
        captions |= {f"caption.{part.get('caption')}" for part in layout(cell, 2, 3)["parts"]}
    for cell in (DEPTH_GATED, GRID):  # which stand in a net alone
        for name in (*cell.inputs, *cell.node):
            heading(cell, name, 0, say)
    known = plain | CELLS.keys() | PAGES.keys()

    def used(key):
        section, _, rest = key.partition(".")
        if section in ("node", "say", "stage"):
            return key in say.entries.keys_asked
        if section == "caption":
            return key in captions
        if section in scripts and re.search(rf"\bwords(\(\))?\.{rest}\b", script):  # sent whole; the script asks
            return True
        return key in plain or (rest in known and any(re.fullmatch(p, key) for p in patterns))

    assert [key for key in EN.entries if not used(key)] == []


def test_a_sign_is_chosen_where_the_text_has_one_and_a_visitor_s_own_stays():
    say = Words("en", {"sum": "{a} × {b} = {c}", "label": "Step 1, “{label}”, holds {value}."})
    assert say("sum", a="0.858", b="0.800", c="0.687") == "0.858 × 0.800 ≈ 0.687"
    assert say("label", label="2 + 2 = 5", value="0.3") == "Step 1, “2 + 2 = 5”, holds 0.3."


def test_a_key_that_is_not_there():
    with pytest.raises(KeyError):
        EN("no.such.key")
    assert EN.get("no.such.key") == ""
    assert EN.get("app.name") == "Gatescope"


def test_under():
    say = Words("en", {"a.b": "1", "a.c.d": "2", "ab.c": "3", "a": "4"})
    assert say.under("a") == {"b": "1", "c.d": "2"}


@pytest.mark.parametrize("text", [
    "<b>a</b>", "[x](//a.example)", "$x^2$", "*a* _b_ `c` ~d~", "# h", "- i", "1. j", ":red[k]", "a|b", "a\\b", "열쇠"])
def test_a_visitors_word_is_no_markdown(text):
    shown = plain(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[][<>$^*_`~#|:]", shown)
    assert re.sub(r"\\(.)", r"\1", shown) == text


@pytest.mark.parametrize("text", [
    "http://a.example", "HTTPS://a.example/b", "www.a.example", "a@b.example", "(www.c.example)"])
def test_nor_a_link_by_itself(text):
    read = re.sub(r"\\(.)", r"\1", plain(text))  # as Markdown does, which then looks for addresses
    assert not re.search(r"(?i)https?://|www\.\w|\w@\w", read)
    assert read.replace("\u2060", "") == text


def test_places_are_filled_in():
    say = Words("ko", {"k": "{n}은(는) {x}", "plain": "은(는)"})
    assert say("k", n=3, x="{x}") == "3은 {x}"
    assert say("plain") == "은(는)"


def test_a_number_that_nobody_has_said_is_still_said_as_every_other():
    say = Words("xx", {"it": "{a} {b} {c:step|steps} {d}"})
    assert say("it", a=-1e-9, b=0.1 + 0.2, c=np.int64(1), d=-1234567.0) == "−1e−9 0.3 step −1.23e6"
    assert [say("it", a="x", b="", c=text, d="") for text in ("1", "2")] == ["x  step ", "x  steps "]
