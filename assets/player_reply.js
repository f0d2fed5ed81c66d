// What has come of one reply: its numbered messages in order, its sound and its words.
//
// The page shows only the newest value when several messages arrive at once; the others are asked
// for.
(() => {
  "use strict";

  const FRAME_S = 0.08;
  const RETRY_MS = 1000;

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

  class PlayerReply {
    // `ask` fetches the messages of a run from a number on, `accept` takes each in its turn.
    constructor(run, ask, accept) {
      this.run = run;
      this.ask = ask;
      this.accept = accept;
      this.nextSeq = 0;
      this.early = new Map();
      this.asking = false;
      this.text = "";
      this.chunks = [];
      this.received = 0;
      // For each frame the sample and the character that it ends with, and its loudest sample.
      this.marks = [];
      this.peaks = [];
    }

    take(message) {
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
        this.accept(this, message);
      }
    }

    async askForMissing() {
      if (this.asking) return;
      this.asking = true;
      try {
        for (const message of await this.ask(this.run, this.nextSeq)) {
          if (message.seq >= this.nextSeq) this.early.set(message.seq, message);
        }
        this.takeInOrder();
      } catch {
        // The connection may be back a moment later.
        setTimeout(() => { if (this.early.size > 0) this.askForMissing(); }, RETRY_MS);
      } finally {
        this.asking = false;
      }
    }

    // The samples of a message, which are kept for playing them again.
    addSound(pcm, frames) {
      const samples = decode(pcm);
      let start = 0;
      for (const [count, textEnd] of frames) {
        this.peaks.push(peakOf(samples.subarray(start, start + count)));
        start += count;
        this.marks.push([this.received + start, textEnd]);
      }
      this.received += samples.length;
      this.chunks.push(samples);
      return samples;
    }

    // How much of the text is spoken when so many samples are: to the end of the word.
    textEndAt(played) {
      if (played === 0) return 0;
      let end = 0;
      for (const [samples, textEnd] of this.marks) {
        if (samples - window.voiceStudio.SAMPLE_RATE * FRAME_S > played) break;
        end = Math.max(end, textEnd);
      }
      return wordEnd(this.text, end);
    }
  }

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, { PlayerReply });
})();
