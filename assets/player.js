// Plays speech while it is being made.
//
// A player is a gr.HTML component that the server sends numbered messages to; each holds one or
// more frames of 16-bit samples. They go to an AudioWorklet, which plays them without a seam and
// counts every sample it has played. What is around it stands in files of its own: audio_line.js
// leads to the audio thread, player_reply.js keeps what has come of a reply, player_view.js draws.
(() => {
  "use strict";

  // Sound starts with this much in hand, so that a late message does not break it, or after half
  // as long if there is no more yet. A reply with gaps doubles it for the next, a whole one halves
  // it again.
  const MIN_LEAD_S = 0.24;
  const MAX_LEAD_S = 2;

  // Where Stop was pressed, Replay stands a moment later: a press that was still meant for Stop, or
  // the second of a double click, does nothing for so long.
  const REST_MS = 500;

  const SILENT = "This browser gives no sound. The reply can be downloaded when it is made.";

  function newRun() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  class Player {
    constructor(element, trigger, props, server, watch) {
      this.trigger = trigger;
      this.silent = false;
      this.resting = false;
      this.begunMs = 0;
      this.leadS = MIN_LEAD_S;
      this.untold = new Map();
      this.line = new window.voiceStudio.AudioLine(
        (report) => this.heard(report),
        () => this.setSilent(true)
      );
      this.ask = (run, seq) => server.missing([run, seq]);
      this.clear("");
      this.view = new window.voiceStudio.PlayerView(element, this);
      watch("value", () => this.receive(props.value));
    }

    clear(run) {
      this.run = run;
      this.isHeardOf = false;
      this.reply = new window.voiceStudio.PlayerReply(run, this.ask, (reply, message) => {
        if (reply === this.reply) this.accept(message);
      });
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
      const { run, played, queued, underruns, firstSoundMs, final, silent } = this;
      const { stats, waitS, note } = this;
      const { received, text } = this.reply;
      const { isConnected, contextState } = this.line;
      return { run, state: this.phase, text, shown: this.shownEnd(), received, played, queued,
        underruns, firstSoundMs, final, silent, stats, waitS, note, isConnected, contextState };
    }

    // The person asked for speech: what still sounds gives way, and the clock starts. The reply has
    // its name from here, so that nothing that still comes of an earlier one is taken for it.
    begin() {
      window.voiceStudio.resumeContext();
      this.send({ kind: "stop" });
      if (this.isBusy && !this.replaying) this.tellServer("ended", "superseded");
      this.begunMs = window.voiceStudio.lastGestureMs();
      this.clear(newRun());
      this.setPhase("waiting", "Asking for the reply");
      this.view.render();
      return this.run;
    }

    // Forget the reply, without a word to the server; returns which it was.
    reset() {
      const { run } = this;
      window.voiceStudio.contextMeter.rest();
      this.send({ kind: "stop" });
      this.clear("");
      this.setPhase("idle", "Ready");
      this.view.render();
      return run;
    }

    // A reply or its replay is under way.
    get isBusy() {
      return ["waiting", "playing"].includes(this.phase);
    }

    press() {
      if (this.isBusy) this.stop();
      else if (this.reply.received > 0 && !this.resting) this.replay();
    }

    // The button has become another one; it is not to be pressed yet.
    rest() {
      clearTimeout(this.restTimer);
      this.resting = true;
      this.restTimer = setTimeout(() => {
        this.resting = false;
        this.view.render();
      }, REST_MS);
      this.view.render();
    }

    stop() {
      if (!this.isBusy) return;
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
      if (this.announced) return;
      this.announced = true;
      this.trigger("begun", { run: this.run });
    }

    // The server may not have begun with the reply; then it is told with the first that it sends.
    tellServer(event, reason) {
      const detail = { run: this.run, played: this.played, reason, announced: this.announced };
      if (this.isHeardOf) this.triggerEnd(event, detail);
      else this.untold.set(this.run, () => this.triggerEnd(event, detail));
    }

    // The names are written out for the component to know its events by.
    triggerEnd(event, detail) {
      if (event === "halted") this.trigger("halted", detail);
      else this.trigger("ended", detail);
    }

    receive(message) {
      const tell = this.untold.get(message?.run);
      if (tell) {
        this.untold.delete(message.run);
        tell();
      }
      if (!message?.run || message.run !== this.run) return;
      if (!this.isHeardOf) {
        this.isHeardOf = true;
        if (this.isBusy) this.send({ kind: "start", run: this.run, leadS: this.leadS });
      }
      // Only what comes this way carries the file's address.
      if (message.file) this.file = message.file;
      this.reply.take(message);
    }

    accept(message) {
      if (message.text !== null && message.text !== undefined) this.reply.text = message.text;
      if (message.status) this.view.setStatus(message.status);
      if (message.note !== undefined) this.note = message.note;
      const isStopped = this.phase === "stopped";
      if (message.context && !isStopped) window.voiceStudio.contextMeter.show(message.context);
      if (message.lead_s > 0) {
        this.waitS = message.lead_s;
        this.send({ kind: "lead", leadS: this.waitS });
      }
      if (message.stats) Object.assign(this.stats, message.stats);
      if ((message.status && !isStopped) || message.failed) this.announce();
      if (message.failed) {
        window.voiceStudio.library.check();  // perhaps the voice was deleted elsewhere
        this.reset();
        return;
      }
      if (isStopped) return;
      if (message.pcm) this.queue(message);
      if (message.final) {
        this.final = true;
        this.send({ kind: "final" });
        if (this.silent || this.reply.received === 0) this.finish("unheard");
      }
      this.view.render();
    }

    queue({ pcm, frames }) {
      const samples = this.reply.addSound(pcm, frames);
      this.send({ kind: "samples", samples });
      this.line.watchClock(() => this.isBusy);
      if (this.phase === "waiting" && this.waitS > 0) {
        const inHand = Math.min(this.reply.received / window.voiceStudio.SAMPLE_RATE, this.waitS);
        const wanted = this.waitS.toFixed(1);
        this.view.setStatus(`Gathering sound: ${inHand.toFixed(1)} of ${wanted} s`);
        this.announce();
      }
    }

    send(message) {
      this.line.send({ run: this.run, ...message });
    }

    // From the audio thread.
    heard(report) {
      if (report.run !== this.run) return;
      this.played = report.played;
      this.queued = report.queued;
      this.underruns = report.underruns;
      this.setSilent(false);
      if (report.kind === "sound" && this.firstSoundMs === null) {
        this.firstSoundMs = performance.now() + this.line.latencyMs - this.begunMs;
        this.announce();
      }
      if (report.kind === "ended") this.finish("played");
      else if (this.phase === "waiting" && report.played > 0) this.setPhase("playing", "Speaking");
      this.view.render();
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
      for (const samples of this.reply.chunks) this.send({ kind: "samples", samples });
      this.send({ kind: "final" });
      this.setPhase("playing", "Playing again");
      this.line.watchClock(() => this.isBusy);
      this.view.render();
    }

    setSilent(silent) {
      if (silent === this.silent) return;
      this.silent = silent;
      if (!silent) return;
      this.view.setStatus(SILENT);
      if (this.final) this.finish("unheard");
    }

    setPhase(phase, status) {
      const wasBusy = this.isBusy;
      this.phase = phase;
      if (wasBusy && !this.isBusy) this.rest();
      this.view.setPhase(phase);
      if (status) this.view.setStatus(status);
    }

    // How much of the text is to be read by now.
    shownEnd() {
      const isWhole = this.phase === "finished" && !this.replaying;
      return isWhole ? this.reply.text.length : this.reply.textEndAt(this.played);
    }
  }

  // With the page: a context takes a while to be ready.
  window.voiceStudio.context();

  const players = {};

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    players,
    mount(id, element, trigger, props, server, watch) {
      players[id] = new Player(element, trigger, props, server, watch);
    },
    begin(id) {
      return players[id].begin();
    },
    stop(id) {
      players[id]?.stop();
    },
    reset(id) {
      return players[id].reset();
    },
  });
})();
