// Light, dark, or as the system is: kept in this browser and applied before the page is drawn. The
// page's address may ask for one, as Gradio's does (?__theme=dark): it holds for this tab, until
// another is chosen.
(() => {
  "use strict";

  const KEY = "voice-studio-theme";
  const THEMES = ["light", "dark", "system"];
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  let asked = new URLSearchParams(location.search).get("__theme");

  function choice() {
    if (THEMES.includes(asked)) return asked;
    const stored = localStorage.getItem(KEY);
    return THEMES.includes(stored) ? stored : "system";
  }

  function apply() {
    const chosen = choice();
    const dark = chosen === "system" ? system.matches : chosen === "dark";
    if (document.body.classList.contains("dark") !== dark) {
      document.body.classList.toggle("dark", dark);
    }
  }

  function choose(theme) {
    if (asked !== null) {
      asked = null;
      const address = new URL(location);
      address.searchParams.delete("__theme");
      history.replaceState(history.state, "", address);
    }
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
