// What a screen reader says by itself: one sentence for each change that matters, once.
//
// The page marks it by `data-spoken`, and by `data-says` where other words are heard than seen. Errors
// are alerts, which browsers read out by themselves. All else goes through one region that is always
// there: of those that come and go with their words, screen readers miss some and repeat others.
(() => {
  "use strict";

  const KEPT = 3;
  // "Reading the voice (20 %)", "Listening to anna.wav …": said at its beginning, not at each step.
  const PROGRESS = /\d ?%|…$/;

  // In a tree of its own: whoever looks for words on the page finds them once.
  const host = document.createElement("div");
  host.className = "vs-sr";
  const region = document.createElement("div");
  region.setAttribute("aria-live", "polite");
  host.attachShadow({ mode: "closed" }).append(region);

  const saidLast = new Map();

  // Progress in the same `place` is said once.
  function say(sentence, place) {
    const words = sentence.trim().replace(/\s+/g, " ");
    const isProgress = PROGRESS.test(words);
    const what = isProgress ? words.replace(/[\d.,]+/g, "#") : words;
    if (words === "" || (isProgress && saidLast.get(place) === what)) return;
    saidLast.set(place, what);
    const line = document.createElement("p");
    line.textContent = words;
    region.append(line);
    while (region.children.length > KEPT) region.firstChild.remove();
  }

  // `data-spoken="change"` stands in what is drawn anew for many reasons, mostly with the same words,
  // and is no news when the page is opened.
  function sayNode(node) {
    const place = node.parentElement.closest("[id]").id;
    const words = (node.dataset.says ?? node.textContent).trim();
    if (node.dataset.spoken === "change") {
      const before = saidLast.get(place);
      saidLast.set(place, words);
      if (before === undefined || before === words) return;
    }
    // A tab that is not open has nothing to tell.
    if (node.parentElement.getClientRects().length > 0) say(words, place);
  }

  function begin() {
    document.body.append(host);
    window.voiceStudio.onDrawn("[data-spoken]", sayNode);
    // Words that were typed are known, and those of the reply are heard.
    window.voiceStudio.onDrawn("#vs-chat-log [role='log']", (log) => {
      log.setAttribute("aria-live", "off");
    });
  }

  window.voiceStudio = Object.assign(window.voiceStudio, { say, spoken: region });
  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin);
})();
