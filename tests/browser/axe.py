"""The rules of axe-core, run on the editors of a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = Path(__file__).resolve().parent.parent.parent / "js" / "node_modules" / "axe-core" / "axe.min.js"
# A row of the tree is read as a sentence, not as the abbreviations of its columns, which it does not repeat to the letter.
TREE_ROW = 'role="treeitem"'


def violations(page: Page) -> list[str]:
    """One sentence for each element that breaks a rule: WCAG 2.2 A and AA, and the best practices."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SOURCE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        """async () => {
          const rules = { "target-size": { enabled: true } };
          const { violations } = await axe.run(".pw", { resultTypes: ["violations"], rules });
          return violations.flatMap(({ id, nodes }) =>
            nodes.map(({ html, failureSummary }) => ({ id, html, why: failureSummary })));
        }"""
    )
    return [
        f"{each['id']}: {each['html'][:160]}: {each['why']}"
        for each in found
        if not (each["id"] == "label-content-name-mismatch" and TREE_ROW in each["html"])
    ]
