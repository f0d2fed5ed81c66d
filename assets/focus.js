// The keyboard's place on the page. When what has it goes away (a saved form is hidden, a list is
// drawn anew, Gradio replaces its own button), the browser lets it fall back to the top of the page.
// Here it goes on to the next best place.
(() => {
  "use strict";

  const FOCUSABLE = "a[href], button, input, select, textarea, summary, audio[controls], [tabindex]";
  const REMEMBERED = 20;

  // Who had it, newest last, each with all that stood around it.
  const history = [];
  let newestNotice = null;

  const cardOf = (element) => element.closest("[data-id]")?.dataset.id;
  const segmentOf = (element) => element.closest("[data-segment]")?.dataset.segment;
  const isShown = (element) => element.isConnected && element.getClientRects().length > 0;
  const takesFocus = (element) =>
    isShown(element) && !element.disabled && element.tabIndex >= 0 && element.type !== "file";
  const nameOf = (element) => (element.ariaLabel || element.textContent || element.name || "").trim();

  document.addEventListener("focusin", ({ target }) => {
    const around = [];
    for (let at = target.parentElement; at; at = at.parentElement) around.push(at);
    history.push({
      element: target,
      around,
      tag: target.tagName,
      id: target.id,
      name: nameOf(target),
      event: target.dataset.event,
      what: target.dataset.what,
      card: cardOf(target),
      segment: segmentOf(target),
    });
    if (history.length > REMEMBERED) history.shift();
  });

  const isOfItsCard = (element, { card, segment }) =>
    cardOf(element) === card && segmentOf(element) === segment;

  function holder(block) {
    block.tabIndex = -1;
    return block;
  }

  // The same thing drawn anew, perhaps with another name on it.
  function twinOf(lost) {
    // A card may have moved to where another was.
    const isPlace = (element) => element.isConnected && (!lost.card || element.matches(".block"));
    const place = lost.around.find(isPlace) ?? document.body;
    const isAlike = (element) =>
      element.id === lost.id &&
      element.dataset.event === lost.event &&
      isOfItsCard(element, lost) &&
      takesFocus(element);
    const alike = [...place.querySelectorAll(lost.tag)].filter(isAlike);
    const isSame = (element) => nameOf(element) === lost.name;
    return (
      alike.find((element) => isSame(element) && element.dataset.what === lost.what) ??
      alike.find(isSame) ??
      // Only what is marked by us is known to be the same under another name.
      (lost.card || lost.event ? alike[0] : undefined)
    );
  }

  // What is left of the component that lost a part: Gradio's uploads and recorders swap their buttons,
  // and have none while they are busy.
  function restOf(lost) {
    if (lost.event || lost.card) return undefined;
    const component = lost.around.find((element) => element.matches(".block"));
    if (!component || !isShown(component)) return undefined;
    return [...component.querySelectorAll(FOCUSABLE)].find(takesFocus) ?? holder(component);
  }

  // What was told last, in the tab where it happened. The notice's block has it, because the notice
  // itself may be followed by the next.
  function toldIn(lost) {
    const tab = lost.around.find((element) => element.matches(".vs-tab-panel"));
    const block = newestNotice?.closest(".block");
    if (!block || !tab?.contains(block) || !isShown(newestNotice)) return undefined;
    return holder(block);
  }

  function heirOf(lost) {
    return (
      twinOf(lost) ??
      restOf(lost) ??
      toldIn(lost) ??
      // Where one was before.
      history.findLast((earlier) => takesFocus(earlier.element) && isOfItsCard(earlier.element, earlier))
        ?.element ??
      [...document.querySelectorAll("[role='tab'][aria-selected='true']")].find(isShown)
    );
  }

  function mend() {
    const lost = history.at(-1);
    if (!lost || ![null, document.body, lost.element].includes(document.activeElement)) return;
    // What is still there was left by a press beside it.
    if (isShown(lost.element) && !lost.element.disabled && isOfItsCard(lost.element, lost)) return;
    heirOf(lost)?.focus({ preventScroll: true });
  }

  // Once what replaces it is drawn.
  let isDue = false;
  function mendSoon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        isDue = false;
        mend();
      })
    );
  }
  document.addEventListener("focusout", ({ relatedTarget }) => {
    if (!relatedTarget) mendSoon();
  });
  // Not every browser tells when what has the focus is taken away; the next key would start at the top.
  document.addEventListener("keydown", mend, { capture: true });

  window.voiceStudio.onDrawn(".vs-notice", (notice) => {
    newestNotice = notice;
  });

  // Where a card was, another voice may stand now.
  window.voiceStudio.onDrawn("[data-id]", mendSoon);
})();
