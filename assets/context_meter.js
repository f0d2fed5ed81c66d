// How full the engine's context is: the voice, the talk before, and the reply, as a bar and in
// numbers. What the server says of a finished reply stays; while one is made, the player shows how
// it grows.
(() => {
  "use strict";

  const PARTS = ["voice", "talk", "reply"];

  class ContextMeter {
    constructor(element, props, watch) {
      this.element = element;
      this.props = props;
      watch("value", () => this.rest());
      this.rest();
    }

    // As it was after the last reply that was made to its end.
    rest() {
      this.show(this.props.value);
    }

    show(use) {
      const meter = this.element.querySelector(".vs-meter");
      meter.hidden = !use?.most;
      if (meter.hidden) return;
      for (const part of PARTS) {
        meter.querySelector(`.is-${part}`).style.width = `${(100 * use[part]) / use.most}%`;
      }
      const count = (number) => number.toLocaleString("en");
      const parts = [...PARTS, "free"].map((part) => `${part} ${count(use[part])}`).join(" · ");
      meter.querySelector("[data-part='words']").textContent =
        `${parts} of ${count(use.most)} positions`;
    }
  }

  let meter = null;

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    contextMeter: {
      mount(element, props, watch) {
        meter = new ContextMeter(element, props, watch);
      },
      show(use) {
        meter?.show(use);
      },
      rest() {
        meter?.rest();
      },
    },
  });
})();
