// What a form still lacks: each field that the notice names is marked, and the first one gets the
// focus. A mark goes away as soon as something is typed or ticked there.
(() => {
  "use strict";

  const FIELD = "input:not([type='file']), textarea";

  function unmark(block) {
    block.classList.remove("vs-missing");
    const field = block.querySelector(FIELD);
    field?.removeAttribute("aria-invalid");
    field?.removeAttribute("aria-describedby");
  }

  function markAll(told) {
    document.querySelectorAll(".vs-missing").forEach(unmark);
    const fields = [...told.querySelectorAll("[data-field]")].map((sentence) => {
      const block = document.getElementById(sentence.dataset.field);
      block.classList.add("vs-missing");
      const field = block.querySelector(FIELD);
      if (!field) return block.querySelector("button");
      sentence.id = `${block.id}-missing`;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", sentence.id);
      return field;
    });
    fields[0]?.focus();
  }

  document.addEventListener("input", ({ target }) => {
    const block = target.closest(".vs-missing");
    if (block) unmark(block);
  });

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, { missing: { markAll } });
})();
