"""What axe-core finds on a page: the checker behind most browsers' tools for accessibility."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import axe_playwright_python

# Its own runner would load the script anew for each look at the page.
SCRIPT: Final = Path(axe_playwright_python.__file__).with_name("axe.min.js")

FORBIDDEN: Final = ("heading-order", "aria-allowed-role")
"""Held to be minor by axe, and told apart here: a level of headings that is skipped, and a role
that the element cannot have."""

FIND: Final = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, html }) => [id, impact, `${target.join(" ")}: ${html.slice(0, 200)}`])
  );
}"""


def findings(page: Any) -> list[str]:
    """What is serious or worse in what the page shows now; a test that names it says what to do."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{SCRIPT.read_text(encoding='utf-8')};0")
    return [
        f"{rule}, {impact}: {where}"
        for rule, impact, where in page.evaluate(FIND)
        if impact in ("serious", "critical") or rule in FORBIDDEN
    ]
