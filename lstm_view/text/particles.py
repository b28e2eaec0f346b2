"""Korean particles, which depend on the last sound of the word before them: 값은, 게이트는; 3으로, 1로."""
import re
import unicodedata
from string import Formatter

PARTICLES = {  # as the locales write them, in either order -> after a final consonant, after a vowel
    "은(는)": ("은", "는"), "는(은)": ("은", "는"), "이(가)": ("이", "가"), "가(이)": ("이", "가"),
    "을(를)": ("을", "를"), "를(을)": ("을", "를"), "과(와)": ("과", "와"), "와(과)": ("과", "와"),
    "(으)로": ("으로", "로"), "으로(로)": ("으로", "로"), "로(으로)": ("으로", "로"),
}
PATTERN = re.compile("|".join(map(re.escape, sorted(PARTICLES, key=len, reverse=True))))

LETTERS = {"l": "엘", "m": "엠", "n": "엔", "r": "알"}  # whose names end in a consonant; R is 알 here, and not 아르
DIGITS = dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True))
SIGNS = {
    "%": "퍼센트", "‰": "퍼밀", "°": "도", "∞": "무한대", "‖": "노름", "|": "절댓값", "½": "일", "⅓": "일", "¼": "일",
    "⅔": "이", "¾": "삼", "ε": "엡실론", "υ": "입실론", "ο": "오미크론",
}
UNITS = {  # after a number; of other units the last letter ends as the unit does
    "m": "미터", "cm": "센티미터", "mm": "밀리미터", "km": "킬로미터", "g": "그램", "kg": "킬로그램", "px": "픽셀",
}
NAMES = {"numpy": "넘파이", "pytorch": "파이토치", "tanh": "하이퍼볼릭탄젠트", "adam": "아담"}
FUNCTIONS = re.compile(r"(?:\b(?:tanh|ln|log|exp|min|max|relu|softmax|sigmoid)|[σΣΠ])$", re.IGNORECASE)
VECTOR = re.compile(r"[-−+\d.,e… ]+")
AROUND = " \t\n*_`~\\\u2060”’\"'»›」』>…,"  # marks that are not read: Markdown's, quotation marks
CLOSING = {")": "(", "]": "[", "}": "{"}
RIEUL = 8  # the number of ㄹ among final consonants


def filled(template: str, values: dict) -> str:
    """A text with its {name} places filled in, and each of its own particles as the word before it asks; what a value
    says stays as it is."""
    if not PATTERN.search(template):
        return template.format(**values)
    formatter, text = Formatter(), ""
    for literal, place, spec, conversion in formatter.parse(template):
        text = _chosen(text, literal)
        if place is not None:
            value, _ = formatter.get_field(place, (), values)
            text += formatter.format_field(formatter.convert_field(value, conversion), spec.format(**values))
    return text


def particles(text: str) -> str:
    """A text with each of its particles as the word before it asks."""
    return _chosen("", text)


def _chosen(before, literal):
    """The text before with the literal added, its particles chosen one after the other."""
    start = 0
    for found in PATTERN.finditer(literal):
        before += literal[start:found.start()]
        start = found.end()
        final = last_consonant(before)
        closed, after_vowel = PARTICLES[found[0]]
        with_it = final and not (final == RIEUL and after_vowel == "로")
        before += closed if with_it else after_vowel
    return before + literal[start:]


def last_consonant(text: str) -> int:
    """The final consonant of the last sound of a text read aloud, by its number in Unicode; 0: a vowel.

    In brackets stands what is added to a word, which then decides, 사과(apple)는; but what a function is of is read,
    σ(3)은, and so are numbers in brackets of their own, (1, 3)은.
    """
    text = text.rstrip(AROUND)
    if not text:
        return 0
    if text[-1] not in CLOSING:
        return _final(_sound(text))
    inside, outside = _bracketed(text)
    word = outside.rstrip()
    added = word and (word[-1].isalnum() or word[-1] in {*SIGNS, *CLOSING, *AROUND})
    alone = word != outside and VECTOR.fullmatch(inside)
    return last_consonant(word if text[-1] == ")" and added and not alone and not FUNCTIONS.search(word) else inside)


def _bracketed(text):
    """What stands in the brackets that a text ends with, and what before them."""
    close, depth = text[-1], 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == close) - (text[at] == CLOSING[close])
        if not depth:
            return text[at + 1 : -1], text[:at]
    return text[:-1], ""


def _sound(text):
    """What the end of a text sounds like, in Hangul."""
    text = unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", text)
                                                if not "\u0300" <= c <= "\u036f"))  # the tilde of C̃
    last = text[-1]
    if last in SIGNS:
        return SIGNS[last]
    if "⁰" <= last <= "⁹" or last in "¹²³ⁿ":
        return "제곱"
    digit = unicodedata.digit(last, None)
    if digit is not None:
        zeros = re.search(r"(?<![.\d])[1-9][\d,]*?((?:,?0)+)$", text)
        return "조" if zeros and 12 <= zeros[1].count("0") < 16 else DIGITS[str(digit)]
    latin = re.search(r"[A-Za-z]+$", text)
    return _latin(latin[0], text[: latin.start()]) if latin else last


def _latin(word, before):
    """What a word in Latin letters ends like in Korean: a unit, a known name, letter by letter, or as it is spelled:
    a stop after a short vowel closes a syllable, 캣, any other consonant but l, m and n gets a vowel, 리스트."""
    if before.rstrip()[-1:].isdigit() and word in UNITS:
        return UNITS[word]
    low, last = word.lower(), word[-1].lower()
    if low in NAMES:
        return NAMES[low]
    if len(word) == 1 or word[-1].isupper() or not re.search("[aeiouy]", low):
        return LETTERS.get(last, "")
    if low.endswith(("l", "le")):
        return "엘"
    closed = re.search(r"[aeiouy][mn]e?$|[mn]$|ng$|gn$|mb$|(?:oo|(?<![aeiou])[aeiouy])(?:[ptkc]|ck)$", low)
    return "엠" if closed and len(low) > 2 else LETTERS.get(last if last in "mn" else "", "")


def _final(sound):
    """The number of the final consonant of the last syllable, or of a letter of the Korean alphabet by its name."""
    last = sound[-1:]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if "ㄱ" <= last <= "ㅎ":
        return RIEUL if last == "ㄹ" else 1
    return 0
