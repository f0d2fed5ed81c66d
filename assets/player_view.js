// Shows a player: its words as they are spoken, the wave, the figures, the button and the link.
(() => {
  "use strict";

  const FRAME_S = 0.08;
  const BAR_PX = 5;

  class PlayerView {
    constructor(element, player) {
      this.element = element;
      this.player = player;
      this.parts = Object.fromEntries(
        [...element.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part])
      );
      this.parts.button.addEventListener("click", () => player.press());
      new ResizeObserver(() => this.drawWave()).observe(this.parts.wave);
      // The wave is painted in the colours of the theme.
      const theme = new MutationObserver(() => this.drawWave());
      theme.observe(document.body, { attributeFilter: ["class"] });
    }

    setPhase(phase) {
      if (this.element.firstElementChild) this.element.firstElementChild.dataset.state = phase;
    }

    setStatus(sentence) {
      if (this.parts.status.textContent === sentence) return;
      this.parts.status.textContent = sentence;
      // While a voice speaks, nothing speaks over it.
      if (!["idle", "playing"].includes(this.player.phase)) window.voiceStudio.say(sentence, "player");
    }

    // Many messages arrive within one frame of the screen; it is drawn once.
    render() {
      if (this.drawing) return;
      this.drawing = true;
      requestAnimationFrame(() => {
        this.drawing = false;
        this.draw();
      });
    }

    draw() {
      const { isBusy, resting, file } = this.player;
      const { received } = this.player.reply;
      this.parts.button.textContent = isBusy ? "Stop" : "Replay";
      this.parts.button.disabled = !isBusy && received === 0;
      // Not disabled, which would take the focus away from who uses the keyboard.
      this.parts.button.ariaDisabled = String(!isBusy && resting);
      this.name();
      this.drawText();
      this.drawFigures();
      this.drawWave();
      this.parts.download.hidden = file === null;
      if (file !== null) {
        this.parts.download.href = file.url;
        this.parts.download.download = file.orig_name;
      }
    }

    // For who reads by ear: there are more players on the page.
    name() {
      const words = window.voiceStudio.brief(this.player.reply.text);
      const { button, download } = this.parts;
      button.ariaLabel = words ? `${button.textContent}: ${words}` : button.textContent;
      download.ariaLabel = words ? `${download.textContent}: ${words}` : download.textContent;
    }

    drawText() {
      const { text } = this.player.reply;
      const end = this.player.shownEnd();
      if (this.drawn?.text === text && this.drawn.end === end) return;
      this.drawn = { text, end };
      this.parts.said.textContent = text.slice(0, end);
      this.parts.coming.textContent = text.slice(end);
      this.parts.text.hidden = text === "";
      // A long text is scrolled along with the word that is spoken.
      const reached = this.parts.coming.offsetTop - this.parts.text.offsetTop;
      this.parts.text.scrollTop = reached - this.parts.text.clientHeight / 2;
    }

    drawFigures() {
      const { played, underruns, firstSoundMs, stats, note } = this.player;
      const { received } = this.player.reply;
      const show = (part, value) => {
        this.parts[part].textContent = value;
      };
      const bufferedS = Math.max(0, received - played) / window.voiceStudio.SAMPLE_RATE;
      show("ttfa", firstSoundMs === null ? "–" : `${Math.round(firstSoundMs)} ms`);
      show("rtf", stats.rtf === undefined ? "–" : stats.rtf.toFixed(2));
      show("buffer", `${bufferedS.toFixed(1)} s`);
      show("underruns", String(underruns));
      this.parts.figures.hidden = received === 0;
      if (this.parts.note.textContent !== note) {
        show("note", note);
        window.voiceStudio.say(note, "player's note");
      }
      this.parts.note.hidden = note === "";
    }

    // One bar for each frame, those played in the accent colour.
    drawWave() {
      const { played } = this.player;
      const { peaks } = this.player.reply;
      const canvas = this.parts.wave;
      const ratio = window.devicePixelRatio || 1;
      const width = canvas.clientWidth;
      const height = canvas.clientHeight;
      if (width === 0) return;
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      const pen = canvas.getContext("2d");
      pen.scale(ratio, ratio);
      const style = getComputedStyle(canvas);
      const slots = Math.max(Math.floor(width / BAR_PX), 1);
      const perBar = Math.max(1, Math.ceil(peaks.length / slots));
      const playedFrames = played / window.voiceStudio.SAMPLE_RATE / FRAME_S;
      for (let bar = 0; bar < slots; bar++) {
        const frames = peaks.slice(bar * perBar, (bar + 1) * perBar);
        const level = frames.length ? Math.max(...frames) : 0;
        const tall = Math.max(2, Math.min(1, level * 1.6) * height);
        const heard = frames.length > 0 && bar * perBar < playedFrames;
        pen.fillStyle = style.getPropertyValue(
          heard ? "--vs-accent" : frames.length ? "--vs-wave" : "--vs-faint"
        );
        pen.fillRect(bar * BAR_PX, (height - tall) / 2, 3, tall);
      }
    }
  }

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, { PlayerView });
})();
