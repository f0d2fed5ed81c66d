// Brings into sight what a person is to look at next.
(() => {
  "use strict";

  function show(selector) {
    document.querySelector(selector)?.scrollIntoView({ behavior: "smooth", block: "start" });
  }

  // The page may have become shorter with what is told, and show what is below: so once it is drawn.
  function keepNotice(element) {
    requestAnimationFrame(() => requestAnimationFrame(() => {
      element.querySelector(".vs-notice")?.scrollIntoView({ block: "nearest" });
    }));
  }

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, { sight: { show, keepNotice } });
})();
