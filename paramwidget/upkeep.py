"""What happens between messages and cells: due checks and probes run, a trial is watched, the summary follows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from paramwidget import protocol as wire
from paramwidget.overdue import Late
from paramwidget.safepoint import on_interrupt, weakly
from paramwidget.service import Service
from paramwidget.still import Still

_log = logging.getLogger("paramwidget")


class Upkeep:
    """Works at safe points, which nobody waits for; what waits there does not keep it alive.

    `tell` sends an event and its buffers to the page.
    """

    def __init__(self, service: Service, still: Still, tell: Callable[[wire.Event, list[bytes]], None]) -> None:
        self._service = service
        self._still = still
        self._tell = tell
        self._unheed: Callable[[], None] = lambda: None
        self._probing = self._watching = False  # whether that is on its way already
        self._late = Late(weakly(self._lag))
        self._open = True

    def settle(self) -> None:
        """Have what is due run, and watch over what is tried out, when the answer is on its way.

        While nobody looks, nothing is run; once somebody does, what was missed is told first.
        """
        service, session = self._service, self._service.session
        if service.attention.paid:
            if service.attention.missed:
                self.cell_ran()
            if not self._probing and (service.probing.pending or service.tutor.pending):
                self._probing = True
                session.safe_point.later(weakly(self._run_probes))
        if session.previewing is not None or self._watching:
            session.safe_point.later(weakly(self._heed))
        if session.previewing is not None and not self._watching:
            self._watching = True
            session.safe_point.later(weakly(self._watch_trial))

    def changed(self) -> None:
        """The model is different; while a cell runs on, what probes gave of it before must not look like new."""
        self._still.follow()
        session = self._service.session
        if len(session.probes) > 0 and self._service.attention.paid and session.safe_point.waits:
            self._late.start()

    def cell_ran(self) -> None:
        """Tell what another cell changed."""
        event = self._service.cell_ran()
        if event is not None:
            self._tell(event, [])
            self.changed()

    def interrupted(self) -> None:
        """The user interrupted the kernel: nothing half done may stay."""
        if self._open:
            self._service.trials.lapse(now=True)
            self._unheed()

    def close(self) -> None:
        """Take a trial back, and do nothing any more."""
        if self._open:
            try:
                self.interrupted()
            finally:
                self._open = False
                self._late.end()
                self._still.close()

    def _run_probes(self) -> None:
        """On the thread that may write, between messages: what a probe takes is what a cell would take."""
        self._probing = False
        self._late.end()
        if not self._open:
            return
        probing, tutor = self._service.probing, self._service.tutor
        try:
            tutor.run(self._tell)  # first: a probe that a goal asks need not run again
            probing.run(self._tell)
            stale = probing.stale()
            if stale is not None:
                self._tell(*stale)
        except KeyboardInterrupt:
            self._service.trials.lapse(now=True)
        except BaseException:  # such as CancelledError: what a probe raises must not reach the event loop
            _log.debug("the probes could not be run", exc_info=True)
        else:
            # asked for while they ran, by a page that got its answer at once; what became due is left to the next occasion,
            # or a probe that edits the model would run for ever
            if tutor.asked or probing.asked:
                self.settle()

    def _lag(self) -> None:
        """On a thread of its own."""
        if self._open:
            self._service.probing.lag(self._tell)

    def _watch_trial(self) -> None:
        """Take a trial back when its page is gone."""
        if not self._open:
            return
        left = self._service.trials.lapse()
        if left:
            self._service.session.safe_point.later(weakly(self._watch_trial), left)
        else:
            self._watching = False
            self._heed()

    def _heed(self) -> None:
        """Between messages: have an interrupt take a trial back while one is on, and leave interrupts alone else."""
        self._unheed()
        if self._open and self._service.session.previewing is not None:
            self._unheed = on_interrupt(weakly(self.interrupted))
