"""Agreement in two small grammars: what a subject is must be carried over other nouns until a word depends on it.

English  the boys near the queen are happy behind the king , aren't they
         the verb agrees with the subject in number, the pronoun of the tag in number and gender
Korean   어제 할머니께서 아이 옆에서 당신의 책을 선생님 앞에서 읽으셨다
         the honorific -께서 asks for 당신의 and -시- in the verb, -이/가 for 자기의 and none; 어제 asks for the past

Up to `length` phrases with another noun come in, in two places; any noun is as likely there as any other.
"""
from functools import lru_cache, partial

import numpy as np

from . import chance
from .task import Batch, Task, latest, one_hot, position

REFERENCE = "Linzen, Dupoux & Goldberg 2016"
END = "end"

# --- what both have in common


@lru_cache
def _orders(first, phrase, middle, last, length):
    """The slots of every order there is of up to `length` phrases: (T, orders), as numbers of `slots`, and `slots`."""
    orders = [(*first, *before * phrase, *middle, *(n - before) * phrase, *last)
              for n in range(length + 1) for before in range(n + 1)]
    slots, longest = tuple(dict.fromkeys((*first, *phrase, *middle, *last, END))), max(map(len, orders))
    return np.array([[slots.index(slot) for slot in (*order, *[END] * (longest - len(order)))]
                     for order in orders]).T, slots


def _batch(rng, order, words, said, asked, known, of_nouns, D):
    """Sentences in an order (of _orders).  The last word is never read, only asked for.

    words     slot -> the tokens (start, stop) of which each place of it has any
    said      slot -> the token of each sentence, (B,)
    asked     slot -> the answer of each sentence, (B,)
    known     property -> (the step from which it is known, its value in each sentence (B,))
    of_nouns  property -> its value for each token that is a noun, nan for any other, (D,)
    """
    orders, slots = order
    B = len(next(iter(said.values())))
    b, slot = np.arange(B), orders[:, rng.integers(0, orders.shape[1], B)]
    tokens = np.array([np.broadcast_to(said.get(name, -1), B) for name in slots])[slot, b]
    for name, (start, stop) in words.items():
        here = slot == slots.index(name)
        tokens[here] = rng.integers(start, stop, np.count_nonzero(here))
    answers = np.array([np.broadcast_to(asked.get(name, -1), B) for name in slots])[slot[1:], b]
    live, t = slot[1:] != slots.index(END), np.arange(len(slot) - 1)[:, None]
    tokens = np.where(live, tokens[:-1], -1)
    properties = {name: np.where(live & (t >= since), value, np.nan) for name, (since, value) in known.items()}
    properties |= {name: np.where(live, latest(values.take(tokens, mode="wrap")), np.nan)
                   for name, values in of_nouns.items()}
    return Batch(one_hot(tokens, D), np.maximum(answers, 0), answers >= 0, live.sum(0), tokens=tokens,
                 properties=properties | {"position": position(live)})


def _table(D, values):
    """Values of the tokens, (D + 1,), nan for those not named, and for -1."""
    table = np.full(D + 1, np.nan)
    table[list(values)] = list(values.values())
    return table


def _chance_of(answers, parts, length):
    """Chance where answers: slot -> how likely each answer is there; parts: those of _orders but the length."""
    orders, slots = _orders(*parts, length)
    asked = sum((orders[1:] == slots.index(slot)).mean(1)[:, None] * shares for slot, shares in answers.items())
    K = asked.shape[1]
    return chance.of_classes(np.eye(K, dtype=bool), np.arange(K), asked)


# --- English

ENGLISH = ("the", "boy", "girl", "king", "queen", "boys", "girls", "kings", "queens", "near", "behind", "beside",
           "is", "are", "happy", "quiet", "here", ",", "isn't", "aren't")
ENGLISH_ANSWERS = ("is", "are", "he", "she", "they")
THE, IS, COMMA, IS_NOT = map(ENGLISH.index, ("the", "is", ",", "isn't"))
NOUNS, PLACES, STATES = (1, 9), (9, 12), (14, 17)
ENGLISH_NOUNS = {"noun_plural": _table(20, {noun: (noun - 1) // 4 for noun in range(*NOUNS)}),
                 "noun_feminine": _table(20, {noun: (noun - 1) % 2 for noun in range(*NOUNS)})}


ENGLISH_PARTS = ("the", "noun"), ("near", "the", "other"), ("is", "happy"), (",", "isn't", "he")
ENGLISH_ASKED = {"is": np.array([1, 1, 0, 0, 0]) / 2, "he": np.array([0, 0, 1, 1, 2]) / 4}


def _english(rng, B, length):
    order = _orders(*ENGLISH_PARTS, length)
    subject = rng.integers(*NOUNS, B)
    plural, feminine = (subject - 1) // 4, (subject - 1) % 2
    said = {"the": np.full(B, THE), "noun": subject, "is": IS + plural, ",": COMMA, "isn't": IS_NOT + plural}
    asked = {"is": plural, "he": np.where(plural, 4, 2 + feminine)}
    return _batch(rng, order, {"near": PLACES, "other": NOUNS, "happy": STATES}, said, asked,
                  {"plural": (1, plural), "feminine": (1, feminine)}, ENGLISH_NOUNS, len(ENGLISH))


AGREEMENT_EN = Task("agreement_en", 20, 5, "classes", 4, 1, 40, 0.99, _english, REFERENCE, symbols=ENGLISH,
                    answers=ENGLISH_ANSWERS, known=partial(_chance_of, ENGLISH_ASKED, ENGLISH_PARTS))

# --- Korean

KOREAN = ("어제", "지금", "할머니께서", "선생님께서", "아이가", "동생이", "할머니", "선생님", "아이", "동생",
          "옆에서", "앞에서", "뒤에서", "당신의", "자기의", "책을", "편지를")
KOREAN_ANSWERS = ("당신의", "자기의", "읽으셨다", "읽으신다", "읽었다", "읽는다")
SUBJECTS, OTHERS, BESIDE, OBJECTS, OWN = (2, 6), (6, 10), (10, 13), (15, 17), 13
KOREAN_NOUNS = {"noun_honorific": _table(17, {noun: noun in (2, 3, 6, 7) for noun in range(2, 10)})}


KOREAN_PARTS = ("어제", "subject"), ("other", "옆에서"), ("당신의", "책을"), ("읽는다",)
KOREAN_ASKED = {"당신의": np.array([2, 2, 0, 0, 0, 0]) / 4, "읽는다": np.array([0, 0, 1, 1, 1, 1]) / 4}


def _korean(rng, B, length):
    order = _orders(*KOREAN_PARTS, length)
    subject, present = rng.integers(*SUBJECTS, B), rng.integers(0, 2, B)
    plain = (subject >= 4).astype(int)
    said = {"어제": present, "subject": subject, "당신의": OWN + plain}
    asked = {"당신의": plain, "읽는다": 2 + 2 * plain + present}
    return _batch(rng, order, {"other": OTHERS, "옆에서": BESIDE, "책을": OBJECTS}, said, asked,
                  {"honorific": (1, 1 - plain), "past": (0, 1 - present)}, KOREAN_NOUNS, len(KOREAN))


AGREEMENT_KO = Task("agreement_ko", 17, 6, "classes", 6, 1, 60, 0.99, _korean, REFERENCE, symbols=KOREAN,
                    answers=KOREAN_ANSWERS, known=partial(_chance_of, KOREAN_ASKED, KOREAN_PARTS))
