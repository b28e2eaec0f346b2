"""What the backward pass is doing, in formulas and sentences made of the gradients on the screen: δf is dL/df."""
import numpy as np

from lstm_core import Cell

from ..diagram.kinds import family, groups
from ..numbers.backwards import TINY, Clipped, Pass, Paths, fade, lengths, loss_step, stages
from ..numbers.compared import brief
from ..numbers.mix import mix, reset
from ..text.numbers import activation, amount, ratio, share, told_apart, vector
from ..words import Words
from .contrast import shared
from .names import symbol
from .narrate import stage_title
from .spans import ranges
from .worked_back import added, sent, worked

ROUNDING = 1e-6  # a relative error of this size is no error


# --- the stages of one step


def told(done: Pass, t: int, unit: int, words: Words) -> list[dict[str, str]]:
    """Each stage's name, title and sentences about one unit, in the order of `stages`."""
    kind = family(done.run.cell)
    said = numbers(done, t, unit)
    return [
        {"name": stage, "title": _title(words, kind, stage, done.run.cell),
         "say": " ".join(_say(words, key, values) for key, values in said[stage])}
        for stage in stages(done.run.cell)
    ]


def _title(words, kind, stage, cell):
    if stage in ("arrive", "in"):
        return words(f"back.{'first' if stage == 'arrive' else 'final'}")
    if kind == "any":
        return stage_title(cell, stage, words)
    if stage == "gates" and "r" not in cell.node:
        stage = "one_gate"
    return words(f"stage.{kind}.{stage}")


def _say(words, key, values):
    key = key if key.startswith("any.") else f"back.{key}"
    return words(key, **{k: v if isinstance(v, (str, int)) else activation(v, amount) for k, v in values.items()})


def numbers(done: Pass, t: int, unit: int) -> dict[str, list[tuple[str, dict]]]:
    """Stage -> its sentences' keys and numbers."""
    return {"arrive": _arrive(done, t, unit)} | TELL[family(done.run.cell)](done, t, unit)


def _arrive(done, t, unit):
    """What comes into the step from the right: from the loss, and from the next step."""
    cell, own = done.run.cell, float(done.weights[t, 0, unit])
    later = float(done.later("h", t)[unit]) if "h" in cell.state else 0.0
    here = {"unit": unit + 1, "step": t + 1, "next": t + 2, "own": own, "later": later,
            "h": done.grads["h"][t, 0, unit], "terms": added(own, later)}
    hands_on = done.hands_on(t)
    key = {(True, True): "arrive.both", (True, False): "arrive.loss", (False, True): "arrive.later",
           (False, False): "arrive.cut" if t < done.last and not hands_on else "arrive.nothing",
           }[bool(own), hands_on and "h" in cell.state]
    if key == "arrive.nothing" and hands_on:
        key = "any.unread"
    elif cell.readers.get("h") and key in ("arrive.both", "arrive.loss", "arrive.later"):
        key, here = "any.arrives_here", here | {"how": worked(done, t, "h", unit)}
    said = [(key, here)]
    if family(cell) == "any":
        others = [state for state in cell.state if state != "h"] if hands_on else []
        given = ", ".join(f"δ{_letter(cell, state)} {amount(done.later(state, t)[unit])}" for state in others)
        return said + ([("any.arrives", {"next": t + 2, "values": given})] if given else [])
    if "c" in cell.state and hands_on:
        key = "arrive.cell_peepholes" if any(f"p_{gate}" in done.run.params for gate in "fi") else "arrive.cell"
        said.append((key, {"next": t + 2, "c": done.later("c", t)[unit]}))
    return said


def _here(done, t, unit):
    """The unit's values and gradients at a step: two functions of a name."""
    made = done.run
    return (lambda name: float(made.values[name][t, unit])), (lambda name: float(done.grads[name][t, 0, unit]))


def _handed_back(done, t, unit, key, **more):
    """Where it goes: to the step before, or to nothing where the sequence begins or is cut."""
    _, d = _here(done, t, unit)
    x = vector(done.grads["x"][t, 0], amount)
    own = {"h_prev": d("h_prev")} if "h" in done.run.cell.state else {}
    said = [(key, {"unit": unit + 1, "x": x} | own | more)]
    if not done.run.cell.state:
        return said
    if not t:
        said.append(("initial", {}))
    elif done.truncate and t % done.truncate == 0:
        said.append(("cut", {}))
    return said


def _lstm(done, t, unit):
    cell = done.run.cell
    v, d = _here(done, t, unit)
    node, hands_on = cell.node, done.hands_on(t)
    here = {"unit": unit + 1, "h": d("h"), "c": d("c"), "value": v("h"), "cell": v("c")}
    asked = sent(done, t, "c", unit)
    through = asked.pop("h.1" if "h.1" in node else "h")
    if "o" not in node:
        output = [("lstm.no_output", here | {"through": through})]
    elif "h.1" not in node:
        output = [("lstm.no_squash", here | {"o": v("o"), "to_o": d("h") * v("c"), "through": through})]
    else:
        output = [("lstm.output", here | {"o": v("o"), "to_o": d("h") * v("h.1"), "squashed": v("h.1"),
                                          "through": through})]
    if "o" in node:
        output += _gate(done, t, unit, "o", output[0][1]["to_o"])
    later = [float(done.later("c", t)[unit])] if hands_on else []
    if asked or later:
        peephole = {"before": d("o.pre"), "p": float(done.run.params["p_o"][unit])} if asked else {}
        key = "lstm.total_later" if not asked else "lstm.total_peephole_later" if later else "lstm.total_peephole"
        output.append((key, here | peephole | {
            "peephole": sum(asked.values()), "later": sum(later), "terms": added(through, *asked.values(), *later)}))
    candidate = [("lstm.no_input", here)]
    if "i" in node:
        candidate = [("lstm.candidate", here | {"i": v("i"), "candidate": v("c_tilde"),
                                                "to_i": d("c") * v("c_tilde"), "to_candidate": d("c_tilde")})]
        if "i.pre" in node:
            candidate += _gate(done, t, unit, "i", candidate[0][1]["to_i"])
    if "c_tilde.pre" in node:
        candidate.append(("lstm.candidate_slope", {"to_candidate": d("c_tilde"), "candidate": v("c_tilde"),
                                                   "before": d("c_tilde.pre")}))
    along = d("c") * (v("f") if "f" in node else 1)
    forget = [("lstm.no_forget", here)]
    if "f" in node:
        to_f = d("c") * v("c_prev")
        coupled = [-d("i")] if "i" in node and "i.pre" not in node else []
        forget = [("lstm.forget", here | {"f": v("f"), "held": v("c_prev"), "to_f": to_f, "along": along})]
        forget += [("lstm.coupled", {"from_i": part, "terms": added(to_f, part), "f": d("f")}) for part in coupled]
        forget += _gate(done, t, unit, "f", to_f, coupled)
    back = _handed_back(done, t, unit, "lstm.in", c_prev=d("c_prev"))
    beside = sent(done, t, "c_prev", unit)
    beside.pop("c.0" if "c.0" in node else "c")
    if "f" in cell.state:
        back.insert(1, ("lstm.gates_back", {gate: d(f"{gate}_prev") for gate in "fio"}))
    if beside:
        rest = sum(beside.values())
        back.insert(1, ("lstm.peepholes", {"along": along, "rest": rest, "terms": added(along, rest),
                                           "c_prev": d("c_prev")}))
    return {"output": output, "update": [("lstm.update", here)], "candidate": candidate, "forget": forget, "in": back}


def _gate(done, t, unit, gate, received, more=()):
    """What a gate that is heard again gets from the next step, and what is left before its σ."""
    v, d = _here(done, t, unit)
    said = []
    if gate in done.run.cell.state and done.hands_on(t):
        later = float(done.later(gate, t)[unit])
        said.append(("lstm.heard_again", {"gate": gate, "later": later, "terms": added(received, *more, later),
                                          "total": d(gate)}))
    return [*said, ("lstm.slope", {"gate": gate, "total": d(gate), "y": v(gate), "before": d(f"{gate}.pre")})]


def _gru(done, t, unit):
    cell = done.run.cell
    v, d = _here(done, t, unit)
    parts, product = mix(cell), reset(cell)
    gate, of = cell.node[product].inputs
    keeps = parts.gate == parts.keep
    old, new = v("h_prev"), v("n")
    along, rest = _beside(done, t, unit, parts.kept)
    here = {"unit": unit + 1, "h": d("h"), "keep": v(parts.keep), "new": v(parts.new), "old": old, "candidate": new,
            "gate": parts.gate, "along": along, "to_candidate": d("n"),
            "to_gate": d("h") * (old - new if keeps else new - old)}
    heard = {"to_candidate": d("n"), "candidate": new, "before": d("n.pre"), "reset": gate, "asked": d(product),
             "of": v(of), "to_reset": d(product) * v(of)}
    if parts.gate == gate:
        gates = [("gru.one_gate", {"to_gate": here["to_gate"], "to_reset": heard["to_reset"], "total": d(gate),
                                   "y": v(gate), "before": d(f"{gate}.pre")})]
    else:
        gates = [("gru.gates", {"to_z": d("z"), "to_r": d("r"), "z": v("z"), "r": v("r"), "before_z": d("z.pre"),
                                "before_r": d("r.pre")})]
    back = _handed_back(done, t, unit, "gru.in", along=along, rest=rest, terms=added(along, rest))
    return {"update": [("gru.update" if keeps else "gru.let_in", here)], "candidate": [("gru.candidate", heard)],
            "gates": gates, "in": back}


def _beside(done, t, unit, kept):
    """What h of the step before gets straight from the mix, and what through all else."""
    parts = sent(done, t, "h_prev", unit)
    return parts.pop(kept), sum(parts.values())


def _clockwork(done, t, unit):
    v, d = _here(done, t, unit)
    ticks = bool(v("tick"))
    here = {"unit": unit + 1, "h": d("h"), "candidate": v("n"), "to_candidate": d("n"), "before": d("n.pre")}
    along, rest = _beside(done, t, unit, mix(done.run.cell).kept)
    return {"update": [("clockwork.ticks" if ticks else "clockwork.rests", here)],
            "candidate": [("clockwork.candidate", here)], "sum": [("clockwork.sum", here)],
            "in": _handed_back(done, t, unit, "clockwork.in", along=along, rest=rest, terms=added(along, rest))}


def _rnn(done, t, unit):
    v, d = _here(done, t, unit)
    here = {"unit": unit + 1, "h": d("h"), "value": v("h"), "slope": 1 - v("h") ** 2, "before": d("h.pre")}
    return {"output": [("rnn.output", here)], "sum": [("rnn.sum", here)], "in": _handed_back(done, t, unit, "rnn.in")}


def _any(done, t, unit):
    """Of a cell of no family: how each equation's gradient comes about, and what is left before its function."""
    cell, said = done.run.cell, {}
    _, d = _here(done, t, unit)
    for names in groups(cell):
        if len(names) > 1:
            values = ", ".join(f"δ{_letter(cell, name)} = {amount(d(name))}" for name in reversed(names))
            said[names[0]] = [("any.several", {"unit": unit + 1, "values": values})]
            continue
        name, before = names[0], f"{names[0]}.pre"
        said[name] = [("any.made", {"unit": unit + 1, "how": worked(done, t, name, unit)})]
        if before in cell.node:
            said[name].append(("any.before", {"how": worked(done, t, before, unit)}))
    states = ", ".join(f"δ{_letter(cell, s)} = {amount(d(f'{s}_prev'))}" for s in cell.state)
    back = _handed_back(done, t, unit, "any.handed_x")
    back.insert(0, ("any.handed_back", {"states": states}) if states else ("any.handed_none", {}))
    return said | {"in": back}


def _letter(cell, name):
    return symbol(cell, name)[0]


# family -> stage -> sentences, their numbers
TELL = {"lstm": _lstm, "gru": _gru, "rnn": _rnn, "clockwork": _clockwork, "any": _any}


# --- the whole run


def loss(values: dict, words: Words) -> str:
    """What the loss is, in a sentence and a formula (Markdown)."""
    at = loss_step(values)
    said = words("gradients.loss_every") if at is None else words("gradients.loss_at", step=at + 1)
    return f"{said} {shared(values, words)}" if len(values["cells"]) > 1 else said


def faded(done: Pass, words: Words) -> str:
    """By how much dL/dh shrinks or grows on its way back, where it is as good as gone, and what of dL/dC (Markdown)."""
    cell, last, sizes = brief(done.run.cell.name, words), done.last, lengths(done)
    found = fade(sizes["h"], last)
    at, first = told_apart(found.at, found.first, 3, amount)
    here = {"cell": cell, "last": last + 1, "at": at, "first": first}
    if not last:
        return words("gradients.fade_none", **here)
    if done.weights.any((1, 2)).sum() > 1:
        back = done.later("h", 0) if done.hands_on(0) and "h" in done.run.cell.state else np.zeros(1)
        own, back = (float(np.hypot.reduce(part)) for part in (done.weights[0, 0], back))  # which does not overflow
        return words("gradients.fade_every", own=amount(own), back=amount(back), **here)
    if found.factor is None:
        said = [words("gradients.fade_zero", **here)]
    else:
        key = "fade_stays" if here["at"] == here["first"] else "fade_shrinks" if found.factor < 1 else "fade_grows"
        said = [words(f"gradients.{key}", factor=ratio(found.factor, 3), steps=last, **here)]
    if found.below is not None and found.below not in found.zeros:
        said.append(words("gradients.fade_below", step=found.below + 1, tiny=amount(TINY)))
    if found.zeros:
        said.append(words("gradients.fade_zeros", count=len(found.zeros), steps=ranges(found.zeros)))
    along = fade(sizes["c"], last) if "c" in sizes else None
    if along and along.factor is not None:
        at, first = told_apart(along.at, along.first, 3, amount)
        said.append(words("gradients.fade_cell", at=at, first=first, factor=ratio(along.factor, 3)))
    return " ".join(said)


def compared_paths(found: Paths, cell: Cell, words: Words) -> str:
    """What the direct path keeps of one unit from its step back to the first, and what the full derivative is."""
    letter = symbol(cell, found.state)[0]
    here = {"letter": letter, "t": found.t + 1, "steps": found.t, "unit": found.unit + 1, "full": amount(found.full[0]),
            "whole": amount(found.whole[0])}
    if not found.t:
        return words("gradients.paths_none")
    if found.direct is None:
        key = "paths_no_direct" if family(cell) == "rnn" else "paths_no_loop"
        return words(f"gradients.{key}", cell=brief(cell.name, words), **here)
    shared = found.state == "h" or family(cell) == "any"
    key = "paths_candidate" if shared else "paths_gates" if "f" in cell.node else "paths_all"
    direct = float(found.direct[0])
    said = words(f"gradients.{key}", direct=activation(direct, amount), rest=amount(found.full[0] - direct), **here)
    return f"{said} {words('gradients.paths_apart')}" if found.state == "c" else said


def clipping(found: Clipped, clip: float, words: Words) -> str:
    """What clipping does to the gradient."""
    norm, most = told_apart(found.norm, clip, 3, amount)
    if found.norm <= clip:
        return words("gradients.clip_idle", norm=norm, clip=most)
    return words("gradients.clip_cuts", norm=norm, clip=most, factor=share(found.shrunk / found.norm))


def stepped(found: Clipped, rate: float, words: Words) -> str:
    """What one step of descent does to the loss, unclipped and clipped."""
    (promised, promised_clipped), (plain, clipped) = found.promised, found.reached
    return words("gradients.step_says", rate=amount(rate), loss=amount(found.loss), plain=amount(plain),
                 promised=amount(found.loss + promised), clipped=amount(clipped),
                 promised_clipped=amount(found.loss + promised_clipped))


def checked(slopes: dict[str, dict], truncate: int, words: Words) -> str:
    """How far the gradients and the differences are apart at most, and why, if so; slopes: cell -> name -> Slope."""
    cell, name, error = max(((cell, name, slope.error) for cell, own in slopes.items() for name, slope in own.items()),
                            key=lambda found: found[2])
    said = words("gradients.check_says", count=sum(map(len, slopes.values())), error=amount(error),
                 cell=brief(cell, words), name=name)
    if error < ROUNDING:
        return f"{said} {words('gradients.check_agrees')}"
    why = words("gradients.check_cut", steps=truncate) if truncate else words("gradients.check_apart")
    return f"{said} {why}"
