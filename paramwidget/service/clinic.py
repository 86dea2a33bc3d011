"""The doctor for the page: findings with numbers, so that a fix can be asked for."""

from __future__ import annotations

import itertools
from collections import deque

from paramwidget import doctor
from paramwidget import protocol as wire
from paramwidget.errors import HistoryError
from paramwidget.journal import Entry
from paramwidget.service.budget import fitting
from paramwidget.session import Session

_MOST = 500

_KEPT = 4
"""Examinations whose fixes can be asked for: several pages may each show one of their own."""


class Clinic:
    """Remembers the last examinations. A number stands for one finding of one of them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._numbers = itertools.count()
        self._kept: deque[dict[int, doctor.Finding]] = deque(maxlen=_KEPT)

    def examine(self) -> wire.Findings:
        """Look for what is wrong with the model."""
        diagnosis = doctor.examine(self._session)
        found = {next(self._numbers): finding for finding in list(diagnosis)[:_MOST]}
        self._kept.append(found)
        items = [
            wire.Finding(number, f.severity, f.path, str(f.region), f.title, f.text, f.fix_label if f.fix else "")
            for number, f in found.items()
        ]
        return wire.Findings(diagnosis.examined, fitting(items))

    def treat(self, number: int) -> Entry | None:
        """Carry out the fix of a finding.

        Raises
        ------
        HistoryError
            There is no such finding in the last examinations.
        """
        for found in list(self._kept):
            if number in found:
                return doctor.treat(self._session, found[number])
        raise HistoryError("the findings are older than this editor; examine the model again")
