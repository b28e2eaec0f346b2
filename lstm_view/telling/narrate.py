"""What is happening, in a sentence made of the numbers on the screen."""
import numpy as np

from ..diagram.layout import STAGES, family
from ..numbers.experiment import Experiment
from ..numbers.mix import mix, reset
from ..words import Words
from .names import heading, title

MINUS = "−"
FOCUS = {  # stage -> the value it is about, or the next best where a variant has none
    "lstm": {"in": ("x",), "forget": ("f", "c_prev"), "candidate": ("i", "c_tilde"), "update": ("c",),
             "output": ("h",)},
    "gru": {"in": ("x",), "gates": ("z", "f"), "candidate": ("n",), "update": ("h",)},
    "clockwork": {"in": ("x",), "sum": ("n.pre",), "candidate": ("n",), "update": ("h",)},
    "rnn": {"in": ("x",), "sum": ("h.pre",), "output": ("h",)},
}


class Shown(str):
    """A number as text; {name:b} puts it in brackets if it is negative, for use after a sign."""

    def __format__(self, spec):
        return f"({self})" if spec == "b" and self.startswith(MINUS) else str(self)


def number(value: float, digits: int = 2) -> Shown:
    """A value with so many decimals, two as in the picture, and a proper minus sign."""
    text = f"{value:.{digits}f}" if abs(value) < 1e4 else f"{value:.1e}"
    return Shown(text.replace("-", MINUS) if float(text) else text.lstrip("-"))


def percent(value: float) -> str:
    """A gate's value as a percentage, never rounded to 0 or 100 when it is not."""
    if 0 < value < 1e-4:
        return "<0.01"
    if 0.9999 < value < 1:
        return ">99.99"
    return f"{100 * value:.{0 if 0.01 <= value <= 0.99 or value in (0, 1) else 2}f}"


def stages(experiment: Experiment, words: Words, selected: str = "") -> list[dict[str, str]]:
    """Each stage's title and sentence.  The unit spoken of is the selected one, or the one most concerned."""
    kind = family(experiment.cell)
    unit = int(selected.rsplit(".", 1)[1]) if selected and not selected.startswith("x.") else None
    said = TELL[kind](experiment.cell, experiment.env, unit)
    return [
        {"name": stage, "title": _heading(words, kind, stage, said[stage][0]), "say": _say(words, kind, *said[stage])}
        for stage in STAGES[kind]
    ]


def focus(experiment: Experiment, stage: str) -> str:
    """The value a stage is about, as `f.1`: what the panel shows before anything is pointed at."""
    kind, cell = family(experiment.cell), experiment.cell
    stage = stage if stage in STAGES[kind] else STAGES[kind][-1]
    said = TELL[kind](cell, experiment.env, None)
    name = next(n for n in FOCUS[kind][stage] if n in experiment.env)
    return f"{name}.{said[stage][1].get('unit', 1) - 1}"


def _heading(words, kind, stage, key):
    """A stage's title, or that of its sentence if that has one of its own."""
    return words.get(f"stage.{kind}.{key}") or words(f"stage.{kind}.{stage}")


def _say(words, kind, key, values):
    shown = {k: v if isinstance(v, (str, int)) else number(v, 3) for k, v in values.items()}
    return words(f"say.{kind}.{key}", **shown)


def _vector(values):
    return "(" + ", ".join(map(number, values)) + ")"


def _lstm(cell, env, chosen):
    node = cell.node
    f = env["f"] if "f" in node else np.ones_like(env["c"])
    written = env["c.1"] if "c.1" in node else env["c_tilde"]
    kept = env["c.0"] if "c.0" in node else env["c_prev"]
    squashed = env["h.1"] if "h.1" in node else env["c"]

    def at(amount):
        return int(np.argmax(np.abs(amount))) if chosen is None else chosen

    k = at(env["c_prev"])
    forget = ("forget" if "f" in node else "no_forget",
              {"unit": k + 1, "percent": percent(f[k]), "f": f[k], "held": env["c_prev"][k], "kept": kept[k]})
    k = at(written)
    open_ = env["i"][k] if "i" in node else 1.0
    candidate = ("candidate" if "i" in node else "no_input",
                 {"unit": k + 1, "percent": percent(open_), "i": open_, "candidate": env["c_tilde"][k],
                  "written": written[k]})
    k = at(env["c"] - env["c_prev"])
    update = ("update", {"unit": k + 1, "held": env["c_prev"][k], "kept": kept[k], "written": written[k],
                         "now": env["c"][k]})
    k = at(env["h"])
    shown = env["o"][k] if "o" in node else 1.0
    key = "no_output" if "o" not in node else "output" if "h.1" in node else "no_squash"
    output = (key, {"unit": k + 1, "percent": percent(shown), "o": shown, "now": env["c"][k],
                    "squashed": squashed[k], "h": env["h"][k]})
    return {"in": ("in", {"x": _vector(env["x"])}), "forget": forget, "candidate": candidate, "update": update,
            "output": output}


def _gru(cell, env, chosen):
    k = int(np.argmax(np.abs(env["h"] - env["h_prev"]))) if chosen is None else chosen
    parts, before = mix(cell), "h_prev" in cell.node[reset(cell)].inputs
    gate, r = env[parts.gate][k], env[cell.node[reset(cell)].inputs[0]][k]
    here = {"unit": k + 1, "gate": gate, "r": r, "keep": percent(env[parts.keep][k]),
            "new": percent(env[parts.new][k]), "reset": percent(r), "candidate": env["n"][k],
            "held": env["h_prev"][k], "h": env["h"][k], "kept": env[parts.kept][k], "written": env[parts.written][k]}
    gates = "one_gate" if "r" not in cell.node else "let_in" if parts.gate == parts.new else (
        "gates_before" if before else "gates")
    return {"in": ("in", {"x": _vector(env["x"])}), "gates": (gates, here),
            "candidate": ("candidate_before" if before else "candidate", here), "update": ("update", here)}


def _clockwork(cell, env, chosen):
    k = int(np.argmax(np.abs(env["h"] - env["h_prev"]))) if chosen is None else chosen
    here = {"unit": k + 1, "from_x": env["n.pre.0"][k],
            "from_h": env["n.pre.1"][k], "bias": env["b_n"][k], "sum": env["n.pre"][k], "candidate": env["n"][k],
            "held": env["h_prev"][k], "h": env["h"][k]}
    return {"in": ("in", {"x": _vector(env["x"])}), "sum": ("sum", here), "candidate": ("candidate", here),
            "update": ("ticks" if env["tick"][k] else "rests", here)}


def _rnn(cell, env, chosen):
    k = int(np.argmax(np.abs(env["h"]))) if chosen is None else chosen
    here = {"unit": k + 1, "from_x": env["h.pre.0"][k], "from_h": env["h.pre.1"][k], "bias": env["b_h"][k],
            "sum": env["h.pre"][k], "h": env["h"][k]}
    return {"in": ("in", {"x": _vector(env["x"])}), "sum": ("sum", here), "output": ("output", here)}


TELL = {"lstm": _lstm, "gru": _gru, "rnn": _rnn, "clockwork": _clockwork}  # family -> stage -> sentence and its numbers


def forced(experiment: Experiment, words: Words) -> str:
    """What the clamps do to the state they move most."""
    cell = experiment.cell
    held_at = ", ".join(
        words("inspect.forced_at", name=title(cell, name, words), unit=k + 1, value=f"{held[k]:g}".replace("-", MINUS))
        for name, held in experiment.clamp.items() for k in np.flatnonzero(~np.isnan(held))
    )
    state = "c" if "c" in cell.state else "h"
    true, with_ = experiment.env[state], experiment.forced[state]
    unit = int(np.argmax(np.abs(with_ - true)))
    if with_[unit] == true[unit]:
        return words("inspect.forced_nothing", forced=held_at)
    before, after = told_apart(true[unit], with_[unit])
    return words("inspect.forced_says", forced=held_at, state=title(cell, state, words), unit=unit + 1, true=before,
                 with_=after)


def since_pin(now: Experiment, before: Experiment, words: Words) -> str:
    """What changed since the pinned state."""
    if (before.cell, before.D, before.H) != (now.cell, now.D, now.H):
        return words("inspect.pinned_other", cell=words(f"cell.{before.cell.name}"), D=before.D, H=before.H)
    names = [*now.inputs, *(n.id for n in now.cell.nodes)]
    changes = {(n, k): abs(now.env[n][k] - before.env[n][k]) for n in names for k in range(len(now.env[n]))}
    (name, unit), largest = max(changes.items(), key=lambda item: item[1])
    if not largest and all((now.params[n] == before.params[n]).all() for n in now.params):
        return words("inspect.pinned_same")
    then, current = told_apart(before.env[name][unit], now.env[name][unit])
    says = words("inspect.pinned_says", count=sum(c > 0 for c in changes.values()), total=len(changes),
                 value=heading(now.cell, name, unit, words), before=then, now=current)
    return says if now.forced else f"{says} {words('inspect.pinned_below')}"


def told_apart(a: float, b: float) -> tuple[Shown, Shown]:
    """Two numbers with as many decimals as it takes to tell them apart."""
    digits = next((d for d in range(2, 9) if number(a, d) != number(b, d)), 9)
    return number(a, digits), number(b, digits)
