// How long a visit lasts: the line above the tabs counts down, and says when it is over.
(() => {
  "use strict";

  const STEP_MS = 5000;
  const SOON_S = 300;

  function until(ends) {
    const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
    const clock = new Date(ends).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return { left, words: `at ${clock}, in ${Math.max(1, Math.round(left / 60))} min` };
  }

  class Visit {
    constructor(element, watch) {
      this.element = element;
      this.timer = null;
      watch("value", () => this.begin());
      this.begin();
    }

    begin() {
      clearInterval(this.timer);
      const line = this.element.querySelector("[data-left-s]");
      if (!line) return;
      this.ends = Date.now() + Number(line.dataset.leftS) * 1000;
      this.timer = setInterval(() => this.draw(), STEP_MS);
      this.draw();
    }

    draw() {
      const line = this.element.querySelector(".vs-visit");
      const part = line?.querySelector("[data-part=until]");
      if (!part) return;
      const { left, words } = until(this.ends);
      if (left === 0) {
        clearInterval(this.timer);
        line.classList.add("is-over");
        line.innerHTML = '<p role="alert">Your visit is over, and what you made here is deleted. ' +
          '<a href="">Begin a new one</a></p>';
        return;
      }
      part.textContent = words;
      line.classList.toggle("is-soon", left < SOON_S);
    }
  }

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    visit: (element, watch) => new Visit(element, watch),
  });
})();
