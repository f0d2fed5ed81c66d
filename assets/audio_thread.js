// The part of the player that runs in the browser's audio thread: an AudioWorklet that plays the
// samples it is sent without a seam and counts every one of them. Its source is handed over as
// text, so it uses nothing from outside itself.
(() => {
  "use strict";

  function audioThread() {
    const STOP_FADE_S = 0.015;
    const REPORT_S = 0.05;
    // After running dry, play on only with this much in hand, doubled each time.
    const REBUFFER_S = 0.4;

    class SpeechPlayer extends AudioWorkletProcessor {
      constructor(options) {
        super();
        this.audible = options.processorOptions.audible;
        this.start("", 0);
        this.port.onmessage = ({ data }) => this.receive(data);
      }

      start(run, leadS) {
        this.run = run;
        this.chunks = [];
        this.offset = 0;
        this.queued = 0;
        this.played = 0;
        this.underruns = 0;
        this.final = false;
        this.lead = Math.round(leadS * sampleRate);
        this.patience = this.lead / 2;
        this.rebuffer = Math.round(REBUFFER_S * sampleRate);
        this.state = "waiting";
        this.fadeIn = false;
        this.fadeLeft = 0;
        this.sounded = false;
        this.unreported = 0;
      }

      receive(message) {
        if (message.kind === "start") {
          this.start(message.run, message.leadS);
        } else if (message.run !== this.run || this.state === "done") {
          return;
        } else if (message.kind === "samples") {
          this.chunks.push(message.samples);
          this.queued += message.samples.length;
        } else if (message.kind === "lead") {
          this.waitFor(message.leadS);
        } else if (message.kind === "final") {
          this.final = true;
        } else if (message.kind === "stop") {
          this.stop();
        }
      }

      // A reply that is made more slowly than it plays: no sound until so much is in hand.
      waitFor(leadS) {
        this.lead = Math.max(this.lead, Math.round(leadS * sampleRate));
        this.patience = Infinity;
      }

      stop() {
        if (this.state === "playing") {
          this.fadeLeft = Math.round(STOP_FADE_S * sampleRate);
        } else {
          this.finish("stopped");
        }
      }

      finish(kind) {
        this.state = "done";
        this.chunks = [];
        this.queued = 0;
        this.report(kind);
      }

      report(kind) {
        this.unreported = 0;
        const { run, played, queued, underruns } = this;
        this.port.postMessage({ kind, run, played, queued, underruns, at: currentTime });
      }

      process(_inputs, outputs) {
        const out = outputs[0][0];
        if (this.state === "waiting") this.considerPlaying(out.length);
        if (this.state === "playing") this.play(out);
        return true;
      }

      considerPlaying(step) {
        if (this.queued > 0) this.patience -= step;
        const enough = this.queued >= this.lead || this.patience <= 0 || this.final;
        if (this.queued > 0 && enough) {
          this.state = "playing";
        } else if (this.final) {
          this.finish("ended");
        }
      }

      play(out) {
        const count = Math.min(out.length, this.queued);
        this.take(out, count);
        if (!this.sounded) this.listenForFirst(out, count);
        if (this.fadeIn) {
          for (let i = 0; i < count; i++) out[i] *= i / count;
          this.fadeIn = false;
        }
        this.played += count;
        this.unreported += count;
        if (this.fadeLeft > 0) {
          this.fadeOut(out, count);
        } else if (this.queued === 0) {
          this.runDry(out, count);
        } else if (this.unreported >= REPORT_S * sampleRate) {
          this.report("progress");
        }
      }

      take(out, count) {
        for (let filled = 0; filled < count; ) {
          const chunk = this.chunks[0];
          const step = Math.min(count - filled, chunk.length - this.offset);
          out.set(chunk.subarray(this.offset, this.offset + step), filled);
          filled += step;
          this.offset += step;
          if (this.offset === chunk.length) {
            this.chunks.shift();
            this.offset = 0;
          }
        }
        this.queued -= count;
      }

      listenForFirst(out, count) {
        for (let i = 0; i < count; i++) {
          if (Math.abs(out[i]) > this.audible) {
            this.sounded = true;
            this.report("sound");
            return;
          }
        }
      }

      fadeOut(out, count) {
        const total = Math.round(STOP_FADE_S * sampleRate);
        for (let i = 0; i < count; i++) {
          out[i] *= Math.max(0, this.fadeLeft - i) / total;
        }
        this.fadeLeft -= out.length;
        if (this.fadeLeft <= 0 || this.queued === 0) this.finish("stopped");
      }

      runDry(out, count) {
        if (this.final) {
          this.finish("ended");
          return;
        }
        for (let i = 0; i < count; i++) out[i] *= 1 - i / count;
        this.underruns += 1;
        this.lead = this.rebuffer;
        this.rebuffer *= 2;
        this.patience = Infinity;
        this.fadeIn = true;
        this.state = "waiting";
        this.report("progress");
      }
    }

    registerProcessor("speech-player", SpeechPlayer);
  }

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, { audioThread });
})();
