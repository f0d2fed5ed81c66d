// The takes of a comparison: one sounds at a time, and "in turn" plays them from the first to the
// last.
(() => {
  "use strict";

  function mount(element) {
    let inTurn = false;
    const takes = () => [...element.querySelectorAll("audio.vs-take")];
    element.addEventListener("click", (event) => {
      if (!event.target.closest("[data-in-turn]")) return;
      inTurn = true;
      for (const take of takes()) {
        take.pause();
        take.currentTime = 0;
      }
      takes()[0]?.play();
    });
    element.addEventListener("play", (event) => {
      for (const other of element.querySelectorAll("audio")) {
        if (other !== event.target) other.pause();
      }
    }, true);
    element.addEventListener("ended", (event) => {
      const next = takes()[takes().indexOf(event.target) + 1];
      if (inTurn && next) next.play();
      else inTurn = false;
    }, true);
  }

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, { takes: { mount } });
})();
