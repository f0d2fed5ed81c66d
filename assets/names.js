// Names, for who reads by ear, of what Gradio calls the same everywhere.
(() => {
  "use strict";

  const MAX_CHARS = 60;

  function brief(words) {
    const line = words.trim().replace(/\s+/g, " ");
    return line.length <= MAX_CHARS ? line : `${line.slice(0, MAX_CHARS)}…`;
  }

  // A clip on its way to become part of a voice: its fields are those of this clip.
  window.voiceStudio.onDrawn(".vs-clip .vs-clip-head h3", (title) => {
    const clip = title.closest(".vs-clip");
    clip.setAttribute("role", "group");
    clip.ariaLabel = `Clip ${title.textContent}`;
  });

  // "Play" and "Download" in the log say of which reply. Gradio draws a button anew, as "Pause" and as
  // "Play", whenever it is pressed.
  function nameByReply(button) {
    const buttons = button.closest(".message-buttons");
    const row = buttons ? buttons.previousElementSibling : button.closest(".message-row");
    const words = row?.querySelector(".message-content");
    if (!words || button.ariaLabel.includes(":")) return;
    button.ariaLabel = `${button.ariaLabel}: ${brief(words.textContent)}`;
  }
  window.voiceStudio.onDrawn("#vs-chat-log .play-btn", nameByReply);
  window.voiceStudio.onDrawn("#vs-chat-log .download-link button", nameByReply);

  window.voiceStudio = Object.assign(window.voiceStudio, { brief });
})();
