// What Gradio's dropdowns do to who uses the keyboard, or reads by ear.
(() => {
  "use strict";

  // Tab leaves a dropdown. Gradio's takes every key as a wish to see its list, so that the list opens
  // again behind the person who has gone on, and stays over what is below.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Tab" && event.target.matches(".wrap-inner input")) event.stopPropagation();
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
})();
