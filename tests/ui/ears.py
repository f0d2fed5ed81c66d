"""What a screen reader would say by itself: the live regions of a page, as they change."""

from __future__ import annotations

from typing import Any, Final

LISTEN: Final = """() => {
  window.spokenSoFar = [];
  const note = (words) => {
    const sentence = words.trim().replace(/\\s+/g, ' ');
    if (sentence) window.spokenSoFar.push(sentence);
  };
  // What is added to a polite region is read.
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) addedNodes.forEach((node) => note(node.textContent));
  }).observe(window.voiceStudio.spoken, { childList: true });
  new MutationObserver((changes) => {
    // An alert is read whole whenever something in it changes.
    const alerts = new Set();
    for (const { target, addedNodes } of changes) {
      const place = target.nodeType === 1 ? target : target.parentElement;
      const around = place?.closest('[role=alert]');
      if (around) alerts.add(around);
      for (const node of addedNodes) {
        if (node.nodeType !== 1) continue;
        if (node.matches('[role=alert]')) alerts.add(node);
        node.querySelectorAll('[role=alert]').forEach((alert) => alerts.add(alert));
      }
    }
    alerts.forEach((alert) => alert.getClientRects().length && note(alert.textContent));
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""

REGIONS: Final = """() => [...document.querySelectorAll(
  '[aria-live], [role=status], [role=log], [role=timer], [role=marquee], output'
)].filter((node) => node.getAttribute('aria-live') !== 'off')
  .map((node) => node.outerHTML.slice(0, 200))"""
"""Regions that would speak beside the one there is."""


def listen(page: Any) -> None:
    page.evaluate(LISTEN)


def heard(page: Any) -> list[str]:
    """What was said since it was last asked."""
    said: list[str] = page.evaluate("window.spokenSoFar.splice(0)")
    return said
