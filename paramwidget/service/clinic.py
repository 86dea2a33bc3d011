"""The doctor for the page: findings with numbers, so that a fix can be asked for."""

from __future__ import annotations

from paramwidget import doctor
from paramwidget import protocol as wire
from paramwidget.errors import HistoryError
from paramwidget.journal import Entry
from paramwidget.service.budget import fitting
from paramwidget.session import Session

_MOST = 500


class Clinic:
    """Remembers the last examination."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._findings: list[doctor.Finding] = []

    def examine(self) -> wire.Findings:
        """Look for what is wrong with the model."""
        diagnosis = doctor.examine(self._session)
        self._findings = list(diagnosis)[:_MOST]
        items = [
            wire.Finding(i, f.severity, f.path, str(f.region), f.title, f.text, f.fix_label if f.fix else "")
            for i, f in enumerate(self._findings)
        ]
        return wire.Findings(diagnosis.examined, fitting(items))

    def treat(self, number: int) -> Entry | None:
        """Carry out the fix of a finding.

        Raises
        ------
        HistoryError
            There is no such finding in the last examination.
        """
        if number >= len(self._findings):
            raise HistoryError("the findings are older than this editor; examine the model again")
        return doctor.treat(self._session, self._findings[number])
