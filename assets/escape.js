// Escape stops whatever speaks, wherever on the page one is.
(() => {
  "use strict";

  // An open list or menu closes by it, and then the voice goes on.
  function closesSomething(target) {
    return target.closest(".vs-menu[open]") || target.matches("[aria-expanded='true']");
  }

  function stopAll() {
    for (const player of Object.keys(window.voiceStudio.players)) window.voiceStudio.stop(player);
    // Also what a card has asked for and is not heard yet.
    window.voiceStudio.cards.stop();
    for (const audio of document.querySelectorAll("audio")) audio.pause();
    // The log's players are Gradio's, and keep their sound to themselves.
    for (const button of document.querySelectorAll("#vs-chat-log .play-btn")) {
      if (button.ariaLabel.startsWith("Pause")) button.click();
    }
    // The stylesheet shows it while takes are made.
    const compare = document.getElementById("vs-compare-stop");
    if (compare?.getClientRects().length > 0) compare.click();
  }

  // Asked before anything has closed.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape" && !closesSomething(event.target)) stopAll();
    },
    { capture: true }
  );
})();
