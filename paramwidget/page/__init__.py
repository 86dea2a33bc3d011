"""A model as HTML that needs no kernel: a fragment for notebooks that are only looked at, and a page for offline use.

`summary` is what a notebook shows where widgets are not known; `document` is one file with the tree, pictures and
statistics. Both are text and pictures of now: nothing in them can be edited, and nothing comes from the network. Every
name passes `text.html`, so that no name is ever markup.
"""

from __future__ import annotations

from paramwidget.page.document import document, write
from paramwidget.page.summary import summary

__all__ = ["document", "summary", "write"]
