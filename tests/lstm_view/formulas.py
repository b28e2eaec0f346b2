"""The value of a formula in plain text as a reader of it comes to it: × and / before + and −, a matrix and what follows
it before these, a sign only where an expression begins."""
import re

import numpy as np

FUNCTIONS = {"σ": lambda a: 1 / (1 + np.exp(-a)), "tanh": np.tanh, "exp": np.exp, "ReLU": lambda a: np.maximum(a, 0)}
TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?(?:e[-−]?\d+)?|δ(?=\()|[^\W\d](?:(?!²)\w)*|[-+−×/()²>])", re.UNICODE)


def value_of(text, env, deltas=None):
    """env: name -> its value; deltas: text -> what δ(text) is."""
    reader = Reader(text, env, deltas)
    found = reader.sum()
    assert reader.at == len(reader.tokens), (text, reader.tokens[reader.at:])
    return found


class Reader:
    def __init__(self, text, env, deltas):
        self.tokens, end = [], 0
        for match in TOKEN.finditer(text):
            assert match.start() == end, (text, text[end:])
            end = match.end()
            self.tokens.append(match[1])
        assert end == len(text), (text, text[end:])
        self.env, self.deltas, self.at, self.text = env, deltas, 0, text

    @property
    def next(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted):
        token = self.next
        assert not wanted or token in wanted, (self.text, token, wanted)
        self.at += 1
        return token

    def sum(self):
        minus = self.next == "−" and self.take()
        found = self.product()
        found = -found if minus else found
        while self.next in ("+", "−"):
            found = found + self.product() if self.take() == "+" else found - self.product()
        if self.next == ">":
            self.take()
            found = (found > self.product()).astype(float)
        return found

    def product(self):
        found = self.factor()
        while self.next in ("×", "/"):
            found = found * self.factor() if self.take() == "×" else found / self.factor()
        return found

    def factor(self):
        found = self.atom()
        if np.ndim(found) == 2:
            return found @ self.factor()
        if self.next == "²":
            self.take()
            return found**2
        return found

    def atom(self):
        token = self.take()
        if token == "(":
            return self.inside()
        if token == "δ":
            begun = self.at
            self.take("(")
            self.inside()
            return self.deltas[tuple(self.tokens[begun + 1 : self.at - 1])]
        if token in FUNCTIONS and self.next == "(":
            self.take("(")
            return FUNCTIONS[token](self.inside())
        if token[0].isdigit():
            return np.float64(token.replace("−", "-"))
        assert token not in "+−-×/)²>", (self.text, token)
        name = token.removesuffix("ᵀ")
        if name.startswith("δ") and name not in self.env:
            return self.deltas[name[1:],]
        return self.env[name].T if token.endswith("ᵀ") else self.env[name]

    def inside(self):
        found = self.sum()
        self.take(")")
        return found


def tokens(text):
    """How a formula is taken apart: two texts that differ in spaces alone are one."""
    return tuple(Reader(text, {}, {}).tokens)
