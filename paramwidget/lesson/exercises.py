"""Two lessons on models that fit into the head: a network that computes XOR, and a kernel that sees vertical edges.

Their models are dicts of NumPy arrays, and what they compute is a function here: nothing is hidden from the learner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from paramwidget.edits import Add, Scale
from paramwidget.lesson.goals import Goal, at_most
from paramwidget.lesson.lesson import Lesson
from paramwidget.lesson.locks import TYPED, Allowed, LessonSession

# ---------------------------------------------------------------------- xor

INPUTS = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], np.float32)
EXCLUSIVE = np.array([False, True, True, False])


def sums(model: Mapping[str, Any], inputs: np.ndarray = INPUTS) -> np.ndarray:
    """What the output unit adds up for each input; it fires above 0, as the two hidden units do."""
    hidden = inputs @ model["hidden"]["weights"] + model["hidden"]["bias"] > 0
    total: np.ndarray = hidden @ model["output"]["weights"] + model["output"]["bias"]
    return total


def _right(model: Mapping[str, Any]) -> float:
    return float(np.mean((sums(model) > 0) == EXCLUSIVE))


def _by_input(model: Mapping[str, Any]) -> dict[str, float]:
    return {f"{a:g} and {b:g}": float(s) for (a, b), s in zip(INPUTS, sums(model), strict=True)}


def _is_xor(session: LessonSession) -> bool | str:
    for inputs, total, wanted in zip(INPUTS, sums(session.model), EXCLUSIVE, strict=True):
        if (total > 0) != wanted:
            said = f"for {inputs[0]:g} and {inputs[1]:g} the output adds up to {total:.3g}"
            return f"{said}, so it {'fires' if total > 0 else 'is silent'} and should {'fire' if wanted else 'not'}"
    return True


def xor() -> Lesson:
    """Let a network of 2 + 1 units that fire or do not compute XOR, with at most 3 changed values.

    It computes OR now: both hidden units do, and the output listens to the first one only.
    """
    model = {
        "hidden": {"weights": np.ones((2, 2), np.float32), "bias": np.full(2, -0.5, np.float32)},
        "output": {"weights": np.array([1, 0], np.float32), "bias": np.full(1, -0.5, np.float32)},
    }
    goals = [
        Goal(
            "All four answers are right",
            _is_xor,
            (
                "Three of four answers are right already. The probe 'sum of the output' shows all four: which is wrong?",
                "XOR is 'one of them, but not both'. The first hidden unit says 'one of them'; what could the second say?",
                "A unit with weights 1 and 1 fires for both inputs only if its bias is between -2 and -1.",
                "The output should be held down when 'both' fires: its weight from there has to be negative.",
            ),
        ),
        at_most(3, hints=("Undo what did not help: Ctrl+Z, or A to see the start again.",)),
    ]
    allowed = Allowed(("hidden/bias", "output/*"), (*TYPED, Scale, Add))
    probes = {"right answers": _right, "sum of the output": _by_input}
    about = (
        "Two inputs, two hidden units, one output. Each unit adds up what comes in, times its weights, and its bias; it "
        "fires if that is above 0. Now both hidden units say OR, and the output listens to the first only."
    )
    return Lesson("XOR with three values", model, goals, about=about, probe=probes, allowed=allowed)


# ---------------------------------------------------------------------- edge

_SIDE = 12
_SILENT = 1e-3

UPRIGHT = np.repeat(np.arange(_SIDE)[None, :] >= _SIDE // 2, _SIDE, axis=0).astype(np.float32)
"""Dark on the left, bright on the right."""
LEVEL = UPRIGHT.T
"""Dark on top, bright below."""
EVEN = np.ones_like(UPRIGHT)


def filtered(model: Mapping[str, Any], picture: np.ndarray) -> np.ndarray:
    """What the kernel answers at each place of a picture, without padding."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, model["kernel"].shape)
    answers: np.ndarray = np.einsum("ijkl,kl->ij", windows, model["kernel"]) + model["bias"]
    return answers


def _answers(model: Mapping[str, Any]) -> dict[str, float]:
    pictures = {"vertical edge": UPRIGHT, "horizontal edge": LEVEL, "even area": EVEN}
    return {name: _loudest(model, picture) for name, picture in pictures.items()}


def _frame(model: Mapping[str, Any]) -> np.ndarray:
    """The answers to a bright square on dark ground, which has edges of both kinds."""
    square = np.zeros((_SIDE, _SIDE), np.float32)
    square[3:9, 3:9] = 1
    return filtered(model, square)


def _loudest(model: Mapping[str, Any], picture: np.ndarray) -> float:
    answers = filtered(model, picture).reshape(-1)
    return float(answers[np.argmax(np.abs(answers))])


def _sees(session: LessonSession) -> bool | str:
    across = filtered(session.model, UPRIGHT)[:, _SIDE // 2 - 2 : _SIDE // 2]  # where the kernel lies over both sides
    loudest = float(across.max())
    return loudest >= 1 or f"where dark meets bright it answers {loudest:.3g}; it must be 1 or more"


def _ignores(picture: np.ndarray, what: str, advice: str) -> Goal:
    def check(session: LessonSession) -> bool | str:
        answer = _loudest(session.model, picture)
        return abs(answer) <= _SILENT or f"on {what} it answers {answer:.3g} and must be silent: {advice}"

    return Goal(f"It is silent on {what}", check)


def edge() -> Lesson:
    """Turn a 3 × 3 kernel that blurs into one that sees vertical edges and nothing else."""
    model = {"kernel": np.full((3, 3), 1 / 9, np.float32), "bias": np.zeros(1, np.float32)}
    goals = [
        Goal(
            "It answers 1 or more where dark (left) meets bright (right)",
            _sees,
            (
                "At the edge the left column of the kernel lies on dark cells (0), the right one on bright cells (1).",
                "So what it answers there is the sum of the right column: make those three weights larger.",
            ),
        ),
        _ignores(EVEN, "even areas", "let the nine weights add up to 0"),
        _ignores(LEVEL, "horizontal edges", "let the weights of each row add up to 0"),
    ]
    probes = {"answers": _answers, "a bright square, filtered": _frame}
    about = (
        "The kernel slides over a picture. At each place its nine weights are multiplied with the cells below them; what it "
        "answers is the sum, and the bias. Now it takes their mean: it blurs."
    )
    title = "A kernel that sees vertical edges"
    return Lesson(title, model, goals, about=about, probe=probes, allowed="kernel")
