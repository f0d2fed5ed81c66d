// The player of the library, and the buttons on the cards that play there: from the press on, such a
// button says what goes on and stops it.
(() => {
  "use strict";

  // A press on the card that was still meant for Stop does nothing for so long after it: its button
  // grows narrow again, and the next one comes under the pointer.
  const REST_MS = 500;
  const STOP = "■ Stop";

  class CardPlayer {
    constructor(element, trigger) {
      this.element = element;
      this.trigger = trigger;
      this.audio = element.querySelector("audio");
      // Which button was pressed, what goes on for it, and whether it is heard already. Each press
      // has a number of its own, so that what comes late is not taken for the newest.
      this.now = null;
      this.presses = 0;
      this.resting = { id: "", untilMs: 0 };
      for (const over of ["ended", "pause"]) {
        this.audio.addEventListener(over, () => this.now?.heard && this.rest());
      }
    }

    // `grid` holds the cards; it is listened to before the list in it is.
    follow(grid, watch) {
      this.grid = grid;
      grid.addEventListener("click", (event) => this.press(event), { capture: true });
      watch("value", () => this.show());
    }

    press(event) {
      const button = event.target.closest("button[data-event='play']");
      if (!button) return;
      const id = button.closest("[data-id]").dataset.id;
      const { what } = button.dataset;
      if (this.isFor(id, what)) this.stop();
      else if (!this.isResting(id)) {
        this.begin(id, what);
        button.dataset.value = this.now.run;
        return;
      }
      event.stopPropagation();
    }

    isResting(id) {
      return this.resting.id === id && performance.now() < this.resting.untilMs;
    }

    isFor(id, what) {
      return this.now !== null && this.now.id === id && this.now.what === what;
    }

    begin(id, what) {
      this.now = null;
      this.audio.pause();
      this.presses += 1;
      this.now = { id, what, run: `${this.presses}`, doing: "Getting ready", heard: false };
      this.show();
    }

    stop() {
      if (this.now === null) return;
      if (!this.now.heard) this.trigger("halted", { value: this.now.run });
      this.audio.pause();
      this.rest();
    }

    // The buttons are what they were before.
    rest() {
      const { id } = this.now;
      this.now = null;
      this.resting = { id, untilMs: performance.now() + REST_MS };
      this.show();
    }

    // From the server: what is done for a button, what is to be heard, or that there is nothing.
    receive(message) {
      if (!message) return;
      if (message.run && message.run !== this.now?.run) return;  // stopped meanwhile, or gave way
      if (message.file) this.play(message);
      else if (message.doing) this.now.doing = message.doing;
      else if (message.run) this.now = null;
      this.show();
    }

    play({ run, file, title }) {
      if (!run) this.now = null;  // a clip of the voice that is open
      this.element.querySelector(".vs-player").hidden = false;
      this.element.querySelector(".vs-player-title").textContent = title;
      this.audio.src = file.url;
      const asked = this.now;
      if (asked) Object.assign(asked, { heard: true, doing: "" });
      // A browser that wants a press of its own shows its button.
      this.audio.play().catch(() => asked && asked === this.now && this.rest());
    }

    show() {
      for (const button of this.grid?.querySelectorAll("button[data-event='play']") ?? []) {
        const id = button.closest("[data-id]").dataset.id;
        const isNow = this.isFor(id, button.dataset.what);
        const words = button.firstChild;
        button.dataset.label ??= words.data;
        const label = isNow ? STOP : button.dataset.label;
        if (words.data !== label) words.data = label;
        button.classList.toggle("is-busy", isNow);
        let doing = button.querySelector(".vs-doing");
        if (doing === null && isNow) {
          doing = document.createElement("span");
          doing.className = "vs-doing";
          doing.ariaHidden = "true";  // it changes too often to be read out
          button.append(doing);
        }
        if (doing !== null) doing.textContent = isNow ? this.now.doing : "";
      }
    }
  }

  let player = null;

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    cards: {
      mountPlayer(element, trigger, props, watch) {
        player = new CardPlayer(element, trigger);
        watch("value", () => player.receive(props.value));
      },
      mountGrid: (element, watch) => cardsAwaitPlayer(element, watch),
      stop: () => player?.stop(),
    },
  });

  // Gradio may draw the grid before its player.
  function cardsAwaitPlayer(element, watch) {
    if (player === null) requestAnimationFrame(() => cardsAwaitPlayer(element, watch));
    else player.follow(element, watch);
  }
})();
