"""What is happening, in a sentence made of the numbers on the screen."""
import numpy as np

from lstm_core import Cell
from lstm_core.ops import OPS

from ..diagram.kinds import STAGES, family, groups, stages_of
from ..numbers.mix import mix, reset
from ..numbers.moment import Experiment
from ..text.numbers import activation, mark, number, opening, ratio, told_apart, vector
from ..words import Words
from .names import heading, plays, symbol, title, worked

FOCUS = {  # stage -> the value it is about, or the next best where a variant has none
    "lstm": {"in": ("x",), "forget": ("f", "c_prev"), "candidate": ("i", "c_tilde"), "update": ("c",),
             "output": ("h",)},
    "gru": {"in": ("x",), "gates": ("z", "f"), "candidate": ("n",), "update": ("h",)},
    "clockwork": {"in": ("x",), "sum": ("n.pre",), "candidate": ("n",), "update": ("h",)},
    "rnn": {"in": ("x",), "sum": ("h.pre",), "output": ("h",)},
}


def stages(experiment: Experiment, words: Words, selected: str = "") -> list[dict[str, str]]:
    """Each stage's title and sentence.  The unit spoken of is the selected one, or the one most concerned."""
    cell, kind = experiment.cell, family(experiment.cell)
    unit = int(selected.rsplit(".", 1)[1]) if selected and not selected.startswith("x.") else None
    if kind == "any":
        said = [_comes_in(experiment, words)]
        said += [_made(cell, experiment.env, names, unit, words) for names in groups(cell)]
        return [{"name": stage, "title": stage_title(cell, stage, words), "say": say}
                for stage, say in zip(stages_of(cell), said, strict=True)]
    said = TELL[kind](cell, experiment.env, unit)
    return [
        {"name": stage, "title": _heading(words, kind, stage, said[stage][0]), "say": _say(words, kind, *said[stage])}
        for stage in STAGES[kind]
    ]


def focus(experiment: Experiment, stage: str) -> str:
    """The value a stage is about, as `f.1`: what the panel shows before anything is pointed at."""
    kind, cell = family(experiment.cell), experiment.cell
    order = stages_of(cell)
    stage = stage if stage in order else order[-1]
    if kind == "any":
        first = next(iter(experiment.inputs), "h")
        name = first if stage == "in" else groups(cell)[order.index(stage) - 1][-1]
        return f"{name}.{0 if stage == 'in' else _largest(experiment.env[name])}"
    said = TELL[kind](cell, experiment.env, None)
    name = next(n for n in FOCUS[kind][stage] if n in experiment.env)
    return f"{name}.{said[stage][1].get('unit', 1) - 1}"


def _heading(words, kind, stage, key):
    """A stage's title, or that of its sentence if that has one of its own."""
    return words.get(f"stage.{kind}.{key}") or words(f"stage.{kind}.{stage}")


def _say(words, kind, key, values):
    shown = {k: v if isinstance(v, (str, int)) else number(v, 3) for k, v in values.items()}
    return words(f"say.{kind}.{key}", **shown)


def stage_title(cell: Cell, stage: str, words: Words) -> str:
    """The title of a stage of a cell that is told from its equations."""
    if stage == "in":
        return words("any.comes_in")
    names = next(names for names in groups(cell) if names[0] == stage)
    if len(names) > 1:
        return ", ".join(symbol(cell, name)[0] for name in names)
    text = title(cell, stage, words)
    return text[0].upper() + text[1:]


def _comes_in(experiment, words):
    """What a cell of no family reads."""
    cell, env = experiment.cell, experiment.env
    said = [words("any.reads_x", x=vector(env["x"]))] if "x" in cell.readers else []
    for key, names in (("hears_below", cell.below), ("carries", cell.state)):
        if names:
            said.append(words(f"any.{key}", names=", ".join(symbol(cell, name)[0] for name in names)))
    if "tick" in cell.inputs:
        said.append(words("any.ticks"))
    return " ".join([*said, words("any.drag")])


def _made(cell, env, names, chosen, words):
    """What a stage of a cell of no family computes, as its equations have it."""
    unit = _largest(env[names[-1]]) if chosen is None else chosen
    values = {name: f"{symbol(cell, name)[0]} = {number(env[name][unit], 3)}" for name in names}
    if len(names) > 1:
        return words("any.several", unit=unit + 1, values=", ".join(values.values()))
    name, node = names[0], cell.node[names[0]]
    letter = symbol(cell, name)[0]
    said = [words("any.made", unit=unit + 1, how=f"{letter} = {worked(cell, env, name, unit)}")]
    if plays(cell, name) == "gate":
        said.append(words("any.opens", percent=opening(env[name][unit]), letter=letter))
    elif node.op in ("tanh", "relu"):
        said.append(words("any.squeezes" if node.op == "tanh" else "any.cuts"))
    if name in cell.state:
        before, now = told_apart(env[f"{name}_prev"][unit], env[name][unit])
        said.append(words("any.keeps", letter=letter, held=before, now=now))
    elif name == "h":
        said.append(words("any.says"))
    return " ".join(said)


def _largest(values):
    return int(np.argmax(np.abs(values)))


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
              {"unit": k + 1, "percent": opening(f[k]), "f": activation(f[k]), "held": env["c_prev"][k],
               "kept": kept[k]})
    k = at(written)
    open_ = env["i"][k] if "i" in node else 1.0
    candidate = ("candidate" if "i" in node else "no_input",
                 {"unit": k + 1, "percent": opening(open_), "i": activation(open_), "candidate": env["c_tilde"][k],
                  "written": written[k]})
    k = at(env["c"] - env["c_prev"])
    update = ("update", {"unit": k + 1, "held": env["c_prev"][k], "kept": kept[k], "written": written[k],
                         "now": env["c"][k]})
    k = at(env["h"])
    shown = env["o"][k] if "o" in node else 1.0
    key = "no_output" if "o" not in node else "output" if "h.1" in node else "no_squash"
    output = (key, {"unit": k + 1, "percent": opening(shown), "o": activation(shown), "now": env["c"][k],
                    "squashed": squashed[k], "h": env["h"][k]})
    return {"in": ("in", {"x": vector(env["x"])}), "forget": forget, "candidate": candidate, "update": update,
            "output": output}


def _gru(cell, env, chosen):
    k = int(np.argmax(np.abs(env["h"] - env["h_prev"]))) if chosen is None else chosen
    parts, before = mix(cell), "h_prev" in cell.node[reset(cell)].inputs
    gate, r = env[parts.gate][k], env[cell.node[reset(cell)].inputs[0]][k]
    keep, new = env[parts.keep][k], env[parts.new][k]
    here = {"unit": k + 1, "gate": activation(gate), "r": activation(r), "keep": opening(keep), "new": opening(new),
            "share": activation(keep), "rest": activation(new), "reset": opening(r), "candidate": env["n"][k],
            "held": env["h_prev"][k], "h": env["h"][k], "kept": env[parts.kept][k], "written": env[parts.written][k]}
    gates = "one_gate" if "r" not in cell.node else "let_in" if parts.gate == parts.new else (
        "gates_before" if before else "gates")
    return {"in": ("in", {"x": vector(env["x"])}), "gates": (gates, here),
            "candidate": ("candidate_before" if before else "candidate", here), "update": ("update", here)}


def _clockwork(cell, env, chosen):
    k = int(np.argmax(np.abs(env["h"] - env["h_prev"]))) if chosen is None else chosen
    here = {"unit": k + 1, "from_x": env["n.pre.0"][k],
            "from_h": env["n.pre.1"][k], "bias": env["b_n"][k], "sum": env["n.pre"][k], "candidate": env["n"][k],
            "held": env["h_prev"][k], "h": env["h"][k]}
    return {"in": ("in", {"x": vector(env["x"])}), "sum": ("sum", here), "candidate": ("candidate", here),
            "update": ("ticks" if env["tick"][k] else "rests", here)}


def _rnn(cell, env, chosen):
    k = int(np.argmax(np.abs(env["h"]))) if chosen is None else chosen
    here = {"unit": k + 1, "from_x": env["h.pre.0"][k], "from_h": env["h.pre.1"][k], "bias": env["b_h"][k],
            "sum": env["h.pre"][k], "h": env["h"][k]}
    return {"in": ("in", {"x": vector(env["x"])}), "sum": ("sum", here), "output": ("output", here)}


TELL = {"lstm": _lstm, "gru": _gru, "rnn": _rnn, "clockwork": _clockwork}  # family -> stage -> sentence and its numbers


def curve(function: str, before: float, words: Words) -> str:
    """What an activation, sigmoid or tanh, makes of a number, and of a small change of it."""
    after = OPS[function].fn(before)
    at = float(OPS[function].vjp(0, 1.0, after, before))
    key = "curve_flat" if not at else "curve_same" if at == 1 else "curve"
    return words(f"inspect.{key}", function={"sigmoid": "σ"}.get(function, function), before=number(before, 3),
                 after=activation(float(after)), slope=ratio(at, 3))


def forced(experiment: Experiment, words: Words) -> str:
    """What the clamps do to the state they move most."""
    cell = experiment.cell
    held_at = ", ".join(
        words("inspect.forced_at", name=title(cell, name, words), unit=k + 1, value=mark(held[k]))
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
