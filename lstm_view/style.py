"""The only colours.  One role has one colour everywhere: in the formula, the box, the wire and the curve."""
from collections.abc import Collection, Sequence

import numpy as np

# Role -> (on a light page, on a dark page).  Hues after Okabe & Ito, safe for colour-blind eyes; each at least 4.5:1
# against the page and the cell's body.
ROLES = {
    "x": ("#4c5866", "#b4c0cc"),
    "h": ("#005f96", "#6cc0f5"),
    "c": ("#7a5c00", "#ecc94b"),
    "forget": ("#b0341c", "#ff9478"),
    "input": ("#006b4f", "#4fd3ac"),
    "candidate": ("#8f3f91", "#e09be2"),
    "output": ("#5346a6", "#b3a9ff"),
}

INK = ("#1f2933", "#f3f5f8")  # lines and numbers, on a light page and on a dark one

PAPER = {  # what the cell is drawn with: light, dark
    "ink": INK, "body": ("#f0f6f0", "#182219"), "edge": ("#9db39d", "#5d735f"), "card": ("#ffffff", "#161b24"),
    "box": ("#fff6df", "#3a3320"), "op": ("#fdeaf3", "#3b2733"),
}

# What a name plays.  Equations may use any letters; these are the ones with a part of their own.
ROLE_OF = {
    "x": "x", "h": "h", "c": "c", "f": "forget", "i": "input", "o": "output", "c_tilde": "candidate",
    "r": "forget", "z": "input", "n": "candidate", "tick": "input",
}

GATE = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838")
STATE = ("#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7", "#fddbc7", "#f4a582", "#d6604d", "#b2182b")

# By when something was written, oldest first, on a light page and on a dark one: lightness grows all the way, so that
# it can be told without hue, and each is at least 3:1 against its page.
AGE = (
    ("#3a1463", "#342c7b", "#23438e", "#035f7f", "#047575", "#058b58", "#7a8f25", "#bd891c"),
    ("#7555a8", "#6e6ec4", "#6188d9", "#23aadc", "#11c6c6", "#6cd9a1", "#c7df79", "#ffe0ad"),
)


# What a visitor's own names play, by their first letter, so that neighbours differ: gates and candidates.
ROLE_OF_LETTER = {
    "a": "input", "b": "forget", "d": "input", "e": "forget", "g": "candidate", "j": "candidate", "k": "candidate",
    "l": "output", "m": "c", "p": "output", "q": "output", "s": "c", "t": "forget", "u": "input", "v": "output",
    "w": "forget", "y": "output",
}


def role(name: str) -> str:
    """The role of a node, state or parameter: `f.pre`, `f_prev` and `W_f` all play f's, `h_time` that of h."""
    base = name.split(".")[0].removesuffix("_prev").removesuffix("_below")
    if base in ROLE_OF:
        return ROLE_OF[base]
    if base[1:2] == "_" and base[0] in "WURbp":  # a parameter, W_f or U_fi
        gate = base[2:3]
        return "candidate" if gate in ("c", "m") else ROLE_OF.get(gate) or ROLE_OF_LETTER.get(gate.lower(), "h")
    if base.endswith("_tilde"):
        return "candidate"
    first = base.split("_")[0]
    return ROLE_OF.get(first) or ROLE_OF.get(base[0]) or ROLE_OF_LETTER.get(base[0].lower(), "h")


def formula_colors(dark: bool, names: Collection[str] = ()) -> dict[str, str]:
    """Name -> colour, for formulas: of the names that have a part of their own, and of a cell's other names."""
    return {name: ROLES[role(name)][dark] for name in [*ROLE_OF, *names]}



def is_light(share: np.ndarray, stops: Sequence[str]) -> np.ndarray:
    """Whether black is easier to read than white on a colour that lies so far along a scale, from 0 to 1.

    The colours between two stops are mixed as Plotly mixes them.  The better of the two is at least 4.5:1 on any
    colour.  Relative luminance and contrast are those of WCAG 2.2.
    """
    channels = np.array([[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in stops]) / 255
    mixed = np.stack([np.interp(share, np.linspace(0, 1, len(stops)), own) for own in channels.T], -1)
    linear = np.where(mixed <= 0.04045, mixed / 12.92, ((mixed + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return (luminance + 0.05) ** 2 > 1.05 * 0.05  # where both read equally well
