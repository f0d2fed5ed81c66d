// Tells of elements that Gradio, or one of our own lists, draws now or later, and of what it writes
// into them: it draws anew by changing what is there.
(() => {
  "use strict";

  const wanted = [];

  function tell({ selector, callback }, places) {
    const found = new Set();
    for (const place of places) {
      const around = place.closest(selector);
      if (around) found.add(around);
      place.querySelectorAll(selector).forEach((element) => found.add(element));
    }
    found.forEach((element) => callback(element));
  }

  // One observer for all who ask: each would look through the same changes.
  new MutationObserver((changes) => {
    const places = new Set();
    for (const { target, addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType === Node.ELEMENT_NODE) places.add(node);
        else if (node.parentElement) places.add(node.parentElement);
      }
      if (target.nodeType === Node.TEXT_NODE && target.parentElement) places.add(target.parentElement);
    }
    for (const wish of wanted) tell(wish, places);
  }).observe(document, { childList: true, subtree: true, characterData: true });

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    // `callback` gets every element that matches `selector` whenever it was drawn, or something in it.
    onDrawn(selector, callback) {
      wanted.push({ selector, callback });
      document.querySelectorAll(selector).forEach((element) => callback(element));
    },
  });
})();
