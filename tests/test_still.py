"""The summary that stays in a notebook: it follows the model, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from paramwidget import Session, still
from paramwidget.edits import Scale


class Shown:
    """Stands for an output of a cell."""

    all: list[dict[str, Any]]

    def put(self, data: dict[str, Any]) -> None:
        Shown.all.append(data)


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    Shown.all = []
    monkeypatch.setattr(still, "Output", Shown)
    monkeypatch.setattr(still, "_PAUSE", 0.001)
    return Shown.all


def run(steps: Any) -> None:
    async def kernel() -> None:
        session = Session({"w": np.ones((2, 3), np.float32)})
        kept = still.Still(session, lambda: "w")
        for step in steps:
            step(session, kept)
            kept.follow()
            await asyncio.sleep(0.02)

    asyncio.run(kernel())


def show(session: Session, kept: still.Still) -> None:
    kept.show()


def edit(session: Session, kept: still.Still) -> None:
    session["w"].apply("w * 7")


def look(session: Session, kept: still.Still) -> None:
    session["w"].summary()


def test_an_edit_is_in_it_with_the_time(shown: list[dict[str, Any]]) -> None:
    run([show, edit])
    assert len(shown) == 2
    assert "w * 7" not in shown[0]["text/html"]
    assert "w * 7" in shown[1]["text/html"]
    assert "As of 20" in shown[1]["text/html"]


def test_the_summary_is_made_once_each_time(shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def summary(session: Session, selected: str) -> str:
        made.append(repr(session))
        return made[-1]

    monkeypatch.setattr(still, "summary", summary)
    run([show, edit])
    assert [text["text/plain"] for text in shown] == [made[0], made[2]]
    assert len(made) == 3, "shown, found to be the same, and written after the edit"


def test_nothing_is_written_when_nothing_has_changed_or_nothing_is_shown(shown: list[dict[str, Any]]) -> None:
    run([edit, show, look, look])
    assert len(shown) == 1


def test_what_is_tried_out_is_not_in_it(shown: list[dict[str, Any]]) -> None:
    run([show, lambda session, kept: session.preview("w").apply(Scale(9.0))])
    assert len(shown) == 1
    run([show, lambda session, kept: session.preview("w").apply(Scale(9.0)), lambda s, kept: s.previewing.commit()])
    assert "9" in shown[-1]["text/html"]
    assert len(shown) == 3


def test_one_that_was_replaced_says_so_and_stays(shown: list[dict[str, Any]]) -> None:
    run([show, lambda session, kept: kept.replaced(), edit])
    assert len(shown) == 2
    assert "open in another cell" in shown[1]["text/html"]
