// Plays speech while it is being made.
//
// A player is a gr.HTML component that the server sends numbered messages to; each holds one or
// more frames of 16-bit samples. They go to an AudioWorklet, which plays them without a seam and
// counts every sample it has played. All players share one AudioContext. It is created and given
// its worklet with the page, so that the first reply need not wait for either, and resumed by the
// person's own click or key, as browsers demand.
(() => {
  "use strict";

  const SAMPLE_RATE = 24000;
  // Below this a sample counts as silence when the first audible one is timed (-60 dBFS).
  const AUDIBLE = 0.001;
  // A context whose clock stands still for so long has no device to play on.
  const STALLED_MS = 1500;
  // Sound starts with this much in hand, so that a late message does not break it, or after half
  // as long if there is no more yet. A reply with gaps doubles it for the next, a whole one halves
  // it again.
  const MIN_LEAD_S = 0.24;
  const MAX_LEAD_S = 2;

  // The shared context

  let context = null;
  let workletReady = null;

  function openContext() {
    if (context === null) {
      try {
        context = new AudioContext({ sampleRate: SAMPLE_RATE });
        workletReady = loadWorklet(context);
      } catch (error) {
        workletReady = Promise.reject(error);
      }
      workletReady.catch(() => {});  // a player that is to sound says so
    }
    return context;
  }

  // Throws where there are no worklets: on a page that is neither local nor served by https.
  function loadWorklet(opened) {
    const source = new Blob([`(${window.voiceStudio.audioThread})()`], { type: "text/javascript" });
    const url = URL.createObjectURL(source);
    return opened.audioWorklet.addModule(url).finally(() => URL.revokeObjectURL(url));
  }

  function resumeContext() {
    const opened = openContext();
    if (opened !== null && opened.state !== "running") opened.resume().catch(() => {});
  }

  let lastGestureMs = performance.now();

  function noteGesture(event) {
    lastGestureMs = event.timeStamp;
    resumeContext();
  }

  for (const kind of ["pointerdown", "keydown", "click", "touchend"]) {
    document.addEventListener(kind, noteGesture, { capture: true, passive: true });
  }

  // Messages

  function decode(base64) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const pcm = new Int16Array(bytes.buffer);
    return Float32Array.from(pcm, (value) => value / 32768);
  }

  function wordEnd(text, position) {
    if (position <= 0 || position >= text.length) return Math.max(0, position);
    const rest = text.slice(position).search(/\s/);
    return rest === -1 ? text.length : position + rest;
  }

  function peakOf(samples) {
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    return peak;
  }

  class Player {
    constructor(element, trigger, props, server, watch) {
      this.element = element;
      this.trigger = trigger;
      this.server = server;
      this.parts = Object.fromEntries(
        [...element.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part])
      );
      this.node = null;
      this.waiting = [];
      this.silent = false;
      this.begunMs = 0;
      this.leadS = MIN_LEAD_S;
      this.retired = new Set();
      this.clear("");
      openContext();
      workletReady.then(() => this.connect(), () => {});
      this.parts.button.addEventListener("click", () => this.press());
      watch("value", () => this.receive(props.value));
      new ResizeObserver(() => this.drawWave()).observe(this.parts.wave);
    }

    clear(run) {
      this.run = run;
      this.nextSeq = 0;
      this.early = new Map();
      this.asking = false;
      this.chunks = [];
      this.marks = [];
      this.peaks = [];
      this.text = "";
      this.received = 0;
      this.played = 0;
      this.queued = 0;
      this.underruns = 0;
      this.final = false;
      this.replaying = false;
      this.firstSoundMs = null;
      this.announced = false;
      this.stats = {};
      this.waitS = 0;
      this.note = "";
      this.file = null;
      this.phase = "idle";
    }

    state() {
      const { run, received, played, queued, underruns, firstSoundMs, phase, final, text } = this;
      const shown = this.shownEnd();
      return { run, received, played, queued, underruns, firstSoundMs, state: phase, final, text,
        stats: this.stats, waitS: this.waitS, note: this.note,
        shown, silent: this.silent, isConnected: this.node !== null, contextState: context?.state ?? "none" };
    }

    // The person asked for speech: what still sounds gives way, and the clock starts.
    begin() {
      resumeContext();
      this.send({ kind: "stop" });
      if (this.active()) this.tellServer("ended", "superseded");
      this.retired.add(this.run);
      this.begunMs = lastGestureMs;
      this.clear("");
      this.setPhase("waiting", "Asking for the reply");
      this.render();
    }

    // Forget the reply, without a word to the server.
    reset() {
      window.voiceStudio.contextMeter.rest();
      this.send({ kind: "stop" });
      this.retired.add(this.run);
      this.clear("");
      this.setPhase("idle", "Ready");
      this.render();
    }

    active() {
      return ["waiting", "playing"].includes(this.phase) && !this.replaying;
    }

    press() {
      if (["waiting", "playing"].includes(this.phase)) this.stop();
      else if (this.received > 0) this.replay();
    }

    stop() {
      if (!["waiting", "playing"].includes(this.phase)) return;
      const replaying = this.replaying;
      this.send({ kind: "stop" });
      if (replaying) {
        this.setPhase("finished", "Stopped");
      } else {
        window.voiceStudio.contextMeter.rest();
        this.tellServer("halted", "stopped");
        this.setPhase("stopped", "Stopped");
      }
    }

    // What is drawn around the player can be slow to draw, so it waits for the first sound.
    announce() {
      if (this.announced || !this.run) return;
      this.announced = true;
      this.trigger("begun", { run: this.run });
    }

    tellServer(event, reason) {
      if (!this.run) return;
      const detail = { run: this.run, played: this.played, reason, announced: this.announced };
      // The names are written out for the component to know its events by.
      if (event === "halted") this.trigger("halted", detail);
      else this.trigger("ended", detail);
    }

    receive(message) {
      if (!message?.run || this.retired.has(message.run)) return;
      if (message.run !== this.run) {
        this.retired.add(this.run);
        if (this.phase === "stopped" && this.run === "") {
          // Stopped before it had a name: it has one now.
          this.retired.add(message.run);
          const detail = { run: message.run, played: 0, reason: "stopped", announced: false };
          this.trigger("halted", detail);
          return;
        }
        this.clear(message.run);
        this.setPhase("waiting", "");
        this.send({ kind: "start", run: this.run, leadS: this.leadS });
      }
      // Only what comes this way carries the file's address.
      if (message.file) this.file = message.file;
      if (message.seq < this.nextSeq) return;
      this.early.set(message.seq, message);
      this.takeInOrder();
      if (this.early.size > 0) this.askForMissing();
    }

    takeInOrder() {
      while (this.early.has(this.nextSeq)) {
        const message = this.early.get(this.nextSeq);
        this.early.delete(this.nextSeq);
        this.nextSeq += 1;
        this.accept(message);
      }
    }

    // The page shows only the newest value when several arrive at once; the others are asked for.
    async askForMissing() {
      if (this.asking) return;
      this.asking = true;
      const run = this.run;
      try {
        const missing = await this.server.missing([run, this.nextSeq]);
        if (run !== this.run) return;
        for (const message of missing) {
          if (message.seq >= this.nextSeq) this.early.set(message.seq, message);
        }
        this.takeInOrder();
      } finally {
        this.asking = false;
      }
    }

    accept(message) {
      if (message.text !== null && message.text !== undefined) this.text = message.text;
      if (message.status) this.setStatus(message.status);
      if (message.note !== undefined) this.note = message.note;
      if (message.context && this.phase !== "stopped") {
        window.voiceStudio.contextMeter.show(message.context);
      }
      if (message.lead_s > 0) {
        this.waitS = message.lead_s;
        this.send({ kind: "lead", leadS: this.waitS });
      }
      if (message.stats) Object.assign(this.stats, message.stats);
      if (message.status || message.failed) this.announce();
      if (message.failed) {
        this.reset();
        return;
      }
      if (this.phase === "stopped") return;
      if (message.pcm) this.queue(decode(message.pcm), message.frames);
      if (message.final) {
        this.final = true;
        this.send({ kind: "final" });
        if (this.silent || this.received === 0) this.finish("unheard");
      }
      this.render();
    }

    queue(samples, frames) {
      let start = 0;
      for (const [count, textEnd] of frames) {
        this.peaks.push(peakOf(samples.subarray(start, start + count)));
        start += count;
        this.marks.push([this.received + start, textEnd]);
      }
      this.received += samples.length;
      this.chunks.push(samples);
      this.send({ kind: "samples", samples });
      this.watchClock();
      if (this.phase === "waiting" && this.waitS > 0) {
        const inHand = Math.min(this.received / SAMPLE_RATE, this.waitS);
        const wanted = this.waitS.toFixed(1);
        this.setStatus(`Gathering sound: ${inHand.toFixed(1)} of ${wanted} s`);
        this.announce();
      }
    }

    // To the audio thread; before it runs, messages wait for it in order.
    send(message) {
      const tagged = { run: this.run, ...message };
      if (this.node !== null) {
        this.node.port.postMessage(tagged);
        return;
      }
      this.waiting.push(tagged);
      if (this.waiting.length === 1) workletReady.catch(() => this.setSilent(true));
    }

    connect() {
      this.node = new AudioWorkletNode(context, "speech-player", {
        numberOfInputs: 0,
        outputChannelCount: [1],
        processorOptions: { audible: AUDIBLE },
      });
      this.node.port.onmessage = ({ data }) => this.heard(data);
      this.node.connect(context.destination);
      for (const message of this.waiting) this.node.port.postMessage(message);
      this.waiting = [];
    }

    // From the audio thread.
    heard(report) {
      if (report.run !== this.run) return;
      this.played = report.played;
      this.queued = report.queued;
      this.underruns = report.underruns;
      this.setSilent(false);
      if (report.kind === "sound" && this.firstSoundMs === null) {
        const latencyMs = 1000 * (context.outputLatency || context.baseLatency || 0);
        this.firstSoundMs = performance.now() + latencyMs - this.begunMs;
        this.announce();
      }
      if (report.kind === "ended") this.finish("played");
      else if (this.phase === "waiting" && report.played > 0) this.setPhase("playing", "Speaking");
      this.render();
    }

    finish(reason) {
      if (this.phase === "finished" || this.phase === "stopped") return;
      const replaying = this.replaying;
      this.setPhase("finished", reason === "unheard" ? "" : "Finished");
      if (replaying) return;
      this.announce();
      const next = this.underruns > 0 ? this.leadS * 2 : this.leadS / 2;
      this.leadS = Math.min(MAX_LEAD_S, Math.max(MIN_LEAD_S, next));
      this.tellServer("ended", reason);
    }

    replay() {
      this.replaying = true;
      this.played = 0;
      this.send({ kind: "start", run: this.run, leadS: 0 });
      for (const samples of this.chunks) this.send({ kind: "samples", samples });
      this.send({ kind: "final" });
      this.setPhase("playing", "Playing again");
      this.watchClock();
      this.render();
    }

    // A machine without a sound device leaves the context suspended or its clock still.
    watchClock() {
      if (this.clockWatch || context === null) return;
      let lastTime = context.currentTime;
      let movedMs = performance.now();
      this.clockWatch = setInterval(() => {
        if (context.currentTime > lastTime) {
          lastTime = context.currentTime;
          movedMs = performance.now();
        } else if (performance.now() - movedMs > STALLED_MS) {
          this.setSilent(true);
        }
        if (!["waiting", "playing"].includes(this.phase)) {
          clearInterval(this.clockWatch);
          this.clockWatch = null;
        }
      }, 250);
    }

    setSilent(silent) {
      if (silent === this.silent) return;
      this.silent = silent;
      if (!silent) return;
      this.setStatus("This browser gives no sound. The reply can be downloaded when it is made.");
      if (this.final) this.finish("unheard");
    }

    // Showing

    setPhase(phase, status) {
      this.phase = phase;
      if (this.element.firstElementChild) this.element.firstElementChild.dataset.state = phase;
      if (status) this.setStatus(status);
    }

    setStatus(sentence) {
      if (this.parts.status.textContent !== sentence) this.parts.status.textContent = sentence;
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
      const busy = ["waiting", "playing"].includes(this.phase);
      this.parts.button.textContent = busy ? "Stop" : "Replay";
      this.parts.button.disabled = !busy && this.received === 0;
      this.renderText();
      this.renderFigures();
      this.drawWave();
      this.parts.download.hidden = this.file === null;
      if (this.file !== null) {
        this.parts.download.href = this.file.url;
        this.parts.download.download = this.file.orig_name;
      }
    }

    // How much of the text is to be read by now: to the end of the word that is being spoken.
    shownEnd() {
      if (this.phase === "finished" && !this.replaying) return this.text.length;
      if (this.played === 0) return 0;
      let end = 0;
      for (const [samples, textEnd] of this.marks) {
        if (samples - SAMPLE_RATE * 0.08 > this.played) break;
        end = Math.max(end, textEnd);
      }
      return wordEnd(this.text, end);
    }

    renderText() {
      const end = this.shownEnd();
      if (this.drawn?.text === this.text && this.drawn.end === end) return;
      this.drawn = { text: this.text, end };
      this.parts.said.textContent = this.text.slice(0, end);
      this.parts.coming.textContent = this.text.slice(end);
      this.parts.text.hidden = this.text === "";
    }

    renderFigures() {
      const show = (part, value) => {
        this.parts[part].textContent = value;
      };
      const { rtf } = this.stats;
      show("ttfa", this.firstSoundMs === null ? "–" : `${Math.round(this.firstSoundMs)} ms`);
      show("rtf", rtf === undefined ? "–" : rtf.toFixed(2));
      show("buffer", `${(Math.max(0, this.received - this.played) / SAMPLE_RATE).toFixed(1)} s`);
      show("underruns", String(this.underruns));
      this.parts.figures.hidden = this.received === 0;
      if (this.parts.note.textContent !== this.note) show("note", this.note);
      this.parts.note.hidden = this.note === "";
    }

    // One bar for each frame, those played in the accent colour.
    drawWave() {
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
      const slots = Math.max(Math.floor(width / 5), 1);
      const perBar = Math.max(1, Math.ceil(this.peaks.length / slots));
      const playedFrames = (this.played / SAMPLE_RATE) / 0.08;
      for (let bar = 0; bar < slots; bar++) {
        const frames = this.peaks.slice(bar * perBar, (bar + 1) * perBar);
        const level = frames.length ? Math.max(...frames) : 0;
        const tall = Math.max(2, Math.min(1, level * 1.6) * height);
        const heard = frames.length > 0 && bar * perBar < playedFrames;
        pen.fillStyle = style.getPropertyValue(
          heard ? "--vs-accent" : frames.length ? "--vs-wave" : "--vs-faint"
        );
        pen.fillRect(bar * 5, (height - tall) / 2, 3, tall);
      }
    }
  }

  openContext();

  const players = {};

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    players,
    context: openContext,
    mount(id, element, trigger, props, server, watch) {
      players[id] = new Player(element, trigger, props, server, watch);
    },
    begin(id) {
      players[id]?.begin();
    },
    stop(id) {
      players[id]?.stop();
    },
    reset(id) {
      players[id]?.reset();
    },
  });
})();
