// The bar of tabs: a click or an arrow key shows a panel. It tells by an event of the tab's name that
// one was opened.
(() => {
  "use strict";

  const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

  class TabBar {
    constructor(element, trigger) {
      this.tabs = [...element.querySelectorAll("[role='tab']")];
      this.trigger = trigger;
      element.addEventListener("click", ({ target }) => {
        if (this.tabs.includes(target)) this.show(target.dataset.tab);
      });
      element.addEventListener("keydown", (event) => this.step(event));
      document.addEventListener("click", (event) => this.follow(event));
      this.namePanels();
    }

    // Gradio draws the panels after the bar, and gives them no role.
    namePanels() {
      const panels = this.tabs.map((tab) => document.getElementById(tab.getAttribute("aria-controls")));
      if (panels.includes(null)) {
        requestAnimationFrame(() => this.namePanels());
        return;
      }
      panels.forEach((panel, index) => {
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", this.tabs[index].id);
      });
    }

    show(name) {
      for (const tab of this.tabs) {
        const isShown = tab.dataset.tab === name;
        tab.setAttribute("aria-selected", isShown);
        tab.tabIndex = isShown ? 0 : -1;
      }
      this.trigger(name);
    }

    // A link in the page's text that leads to another tab.
    follow(event) {
      const link = event.target.closest("a[data-shows]");
      if (!link) return;
      event.preventDefault();
      this.show(link.dataset.shows);
      this.tabs.find((tab) => tab.dataset.tab === link.dataset.shows).focus();
    }

    step(event) {
      const step = STEPS[event.key];
      const at = this.tabs.indexOf(event.target);
      if (step === undefined || at < 0) return;
      event.preventDefault();
      const last = this.tabs.length - 1;
      // Past one end comes the other.
      const to = Number.isFinite(step) ? (at + step + last + 1) % (last + 1) : step < 0 ? 0 : last;
      this.tabs[to].focus();
      this.show(this.tabs[to].dataset.tab);
    }
  }

  let bar = null;

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    tabs: {
      mount: (element, trigger) => (bar = new TabBar(element, trigger)),
      show: (name) => bar.show(name),
    },
  });
})();
