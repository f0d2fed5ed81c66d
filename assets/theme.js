// Light, dark, or as the system is: kept in this browser and applied before the page is drawn.
(() => {
  "use strict";

  const KEY = "voice-studio-theme";
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function choice() {
    const stored = localStorage.getItem(KEY);
    return ["light", "dark"].includes(stored) ? stored : "system";
  }

  function apply() {
    const chosen = choice();
    const dark = chosen === "system" ? system.matches : chosen === "dark";
    if (document.body.classList.contains("dark") !== dark) {
      document.body.classList.toggle("dark", dark);
    }
  }

  function choose(theme) {
    localStorage.setItem(KEY, theme);
    apply();
  }

  // Gradio sets the class by the system's theme when it starts and when that changes.
  function keep() {
    apply();
    new MutationObserver(apply).observe(document.body, { attributeFilter: ["class"] });
    system.addEventListener("change", apply);
  }

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, { theme: { choice, choose } });
  if (document.body) keep();
  else document.addEventListener("DOMContentLoaded", keep);
})();
