// What Gradio's dropdowns do to who uses the keyboard, or reads by ear.
(() => {
  "use strict";

  const INPUT = ".wrap-inner input";

  // Tab leaves a dropdown. Gradio's takes every key as a wish to see its list, so that the list opens
  // again behind the person who has gone on, and stays over what is below.
  let chosenIn = null;
  document.addEventListener(
    "keydown",
    (event) => {
      const isDropdown = event.target.matches(INPUT);
      chosenIn = isDropdown && event.key === "Enter" ? event.target : null;
      if (isDropdown && event.key === "Tab") event.stopPropagation();
    },
    { capture: true }
  );

  // Enter chooses, and Gradio then lets the focus go. It comes back, and the list, which Gradio opens
  // at every focus, stays closed.
  let isReturning = false;
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (target !== chosenIn || relatedTarget) return;
    chosenIn = null;
    queueMicrotask(() => {
      isReturning = true;
      target.focus();
      isReturning = false;
    });
  });
  document.addEventListener(
    "focus",
    (event) => {
      if (isReturning) event.stopImmediatePropagation();
    },
    { capture: true }
  );

  // The crosses of what is chosen are named by number: "Remove 0".
  function nameCross({ target }) {
    const cross = target.closest(".token > .token-remove");
    if (cross) cross.title = `Remove ${cross.previousElementSibling.textContent.trim()}`;
  }
  document.addEventListener("focusin", nameCross);
  document.addEventListener("pointerover", nameCross);

  // The field says that it is a list, though it only opens one; the one for several choices has
  // neither role nor name.
  window.voiceStudio.onDrawn(INPUT, (input) => {
    const label = input.closest(".block")?.querySelector("[data-testid='block-info']");
    if (label && !input.ariaLabel) input.ariaLabel = label.textContent.trim();
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-haspopup", "listbox");
    input.setAttribute("aria-autocomplete", "list");
    if (!input.hasAttribute("aria-expanded")) input.setAttribute("aria-expanded", "false");
    // There is no list to point to before it is opened.
    input.removeAttribute("aria-controls");
  });

  // The list has no name, and does not say which of its entries the arrow keys have reached.
  const followed = new WeakSet();
  window.voiceStudio.onDrawn("ul.options[role='listbox']", (list) => {
    const block = list.closest(".block");
    const input = block?.querySelector(INPUT);
    if (!input || followed.has(list)) return;
    followed.add(list);
    list.ariaLabel = input.ariaLabel;
    list.id ||= `${block.id}-options`;
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "true");
    const follow = () => {
      if (!list.isConnected) {
        changes.disconnect();
        input.removeAttribute("aria-controls");
        input.removeAttribute("aria-activedescendant");
        input.setAttribute("aria-expanded", "false");
        return;
      }
      const options = [...list.children];
      options.forEach((option, at) => (option.id ||= `${list.id}-${at}`));
      const reached = options.find((option) => option.classList.contains("active"));
      if (reached) input.setAttribute("aria-activedescendant", reached.id);
      else input.removeAttribute("aria-activedescendant");
    };
    const changes = new MutationObserver(follow);
    changes.observe(list, { attributeFilter: ["class"], childList: true, subtree: true });
    changes.observe(list.parentNode, { childList: true });
    follow();
  });
})();
