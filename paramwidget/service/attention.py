"""Whether anybody looks: pages tell when all their views of an editor are out of sight, and again when one is seen."""

from __future__ import annotations


class Attention:
    """Nobody looks if every page that said something said so. A page that vanished without a word counts as looking."""

    def __init__(self) -> None:
        self._pages: dict[int, bool] = {}
        self.missed = False
        """Something may have happened that nobody was told, because nobody looked."""

    @property
    def paid(self) -> bool:
        return not self._pages or any(self._pages.values())

    def note(self, page: int, looks: bool) -> None:
        """What a page says, by a number that it chose."""
        self._pages.pop(page, None)
        self._pages[page] = looks  # the newest last
        while len(self._pages) > _MOST:
            del self._pages[next(iter(self._pages))]


_MOST = 100
