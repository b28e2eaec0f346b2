import re
from string import Formatter

import pytest

from lstm_view.text.particles import PARTICLES, PATTERN, filled, particles
from lstm_view.words import ASSETS, words

KO = words("ko")
ALTERNATIVE = re.compile(
    r"[가-힣]?\((?:은|는|이|가|을|를|와|과|으|로|으로|아|야)\)[가-힣]?|[은는]/[은는]|[을를]/[을를]|[와과]/[와과]|이/가")
WRITTEN = [
    ("은(는)", "는(은)"), ("이(가)", "가(이)"), ("을(를)", "를(을)"), ("과(와)", "와(과)"), ("(으)로", "로(으로)")]
READ = {  # the five as they are read after each of these words
    "은 이 을 과 으로": """
        3 | 6 | 0 | 10 | 100 | 1,000 | 20,000 | 100,000,000 | −1.50 | 0.3 | 0.10 | 10⁻⁹ | 2¹⁰ | h² | ¾ | C₀
        x₃ | x_3 | n | m | W_n | ε | LSTM | RNN | MUT3 | ‖∂L/∂h‖ | |r| | 5 kg | 3시점 | 값 | 집 | ‘은행’ | “3”
        ‘LSTM’ | 「밥」 | **값** | (0.3) | x = (0.1, …, 0.3) | σ(3) | tanh(−0.3) | f[3] | 2013(‘나무’) | 값(h)
        값 (h) | morning | cat | ㄱ | ㅁ""",
    "은 이 을 과 로": """
        1 | 7 | 8 | 0.7 | −1.1 | 0.88 | ½ | x₁ | x_1 | x₈ | MUT1 | r | l | f[1] | = 1 | σ(1) | 서울 | ‘말’
        table | ㄹ | `x_1` | (0.1) | (0.2, 0.1) | 12px""",
    "는 가 를 와 로": """
        2 | 4 | 5 | 9 | 0.5 | −1.2 | 0.62 | 3.1e−9 | 1,000,000,000,000 | x₂ | x_2 | i_t | b_h | h | C | f | U
        i | o | C̃ | Ĉ | GRU | MGU | MUT2 | NumPy | PyTorch | tanh | CSV | SVG | σ | δ | ∞ | 100% | 12.5 %
        0.5% | 30° | 20 °C | × | + | 3→ | 5 cm | 5 MB | 20ms | 20 µs | 게이트 | 상태 | ‘배’ | “나무” | '새'
        ‘GRU’ | “2” | `W_f` | **배** | ‘배’(3) | 배 (3번째) | (0.3, 0.5) | σ(1.5) | f[2] | GRU (앞에 리셋)
        사과(apple) | 0.5(n) | bank | river | gate | list | ㅏ""",
}


def cases():
    """A word with a particle as the locales write it, and as it is read."""
    for forms, words_of_form in READ.items():
        for word in re.split(r"\s+\|\s+|\n\s+", words_of_form.replace("|r|", "\0").strip()):
            word = word.replace("\0", "|r|")
            for ways, read in zip(WRITTEN, forms.split(), strict=True):
                yield from ((word, way, read) for way in ways)


@pytest.mark.parametrize(("word", "particle", "read"), [*cases()])
def test_a_particle_is_as_the_word_before_it_asks(word, particle, read):
    assert particles(f"{word}{particle} 끝") == f"{word}{read} 끝"
    assert filled(f"가 {{x}}{particle} 끝", {"x": word}) == f"가 {word}{read} 끝"


def test_particles_are_chosen_one_after_the_other():
    assert particles("1은(는) 2이(가) 3과(와) 값(으)로") == "1은 2가 3과 값으로"
    assert particles("그는 (이)") == "그는 (이)"
    assert particles("은(는)") == "는"


def test_what_a_visitor_wrote_stays_as_it_is():
    assert filled("{x}은(는) {y:.2f}", {"x": "배와(과) {y} 은(는)", "y": 1.5}) == "배와(과) {y} 은(는)은 1.50"
    assert filled("{x}", {"x": "은(는)"}) == "은(는)"


def written():
    return {f"{path.name}: {key}": text for path in (ASSETS / "prose" / "ko").iterdir()
            for key, text in [("", path.read_text("utf-8"))]} | KO.entries


def test_the_alternative_is_found_however_it_is_written():
    for text in ["값과(와)", "값와(과)", "값은(는)", "은/는", "(으)로", "로(으로)", "값을/를", "(이)라고", "이/가"]:
        assert ALTERNATIVE.search(text), text
    assert not ALTERNATIVE.search("1(빨강)까지, 0(흰색)을 지나, 상태(값)는")


@pytest.mark.parametrize("key", written())
def test_every_particle_of_the_locales_is_chosen(key):
    text = written()[key]
    assert all(found[0] in PARTICLES for found in ALTERNATIVE.finditer(text))
    places = [name for _, name, _, _ in Formatter().parse(text)] if key in KO.entries else []
    for value in ("값", "h", "0.5", "100%", "(0.1, 0.3)", "‘배’", "MUT1"):
        said = filled(text, dict.fromkeys(filter(None, places), Say(value))) if any(places) else text
        assert not ALTERNATIVE.search(said)


class Say(str):
    """A text that takes whatever format a place asks for."""

    def __format__(self, spec):
        return str(self)


def test_a_particle_follows_what_changes_and_is_else_written_out():
    for key, text in KO.entries.items():
        for found in PATTERN.finditer(text):
            assert re.search(r"\}\W*(\(\w\))?$", text[: found.start()]), key
