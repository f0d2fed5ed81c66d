// The page's one AudioContext, and the line from a player to the audio thread that plays in it.
//
// The context is created and given its worklet with the page, so that the first reply need not
// wait for either, and resumed by the person's own click or key, as browsers demand.
(() => {
  "use strict";

  const SAMPLE_RATE = 24000;
  // Below this a sample counts as silence when the first audible one is timed (-60 dBFS).
  const AUDIBLE = 0.001;
  // A context whose clock stands still for so long has no device to play on.
  const STALLED_MS = 1500;

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

  class AudioLine {
    // `heard` takes what the audio thread reports, `unheard` is called when nothing can sound.
    constructor(heard, unheard) {
      this.heard = heard;
      this.unheard = unheard;
      this.node = null;
      this.waiting = [];
      openContext();
      workletReady.then(() => this.connect(), () => {});
    }

    get isConnected() {
      return this.node !== null;
    }

    get contextState() {
      return context?.state ?? "none";
    }

    // From the audio thread's sample to the person's ear.
    get latencyMs() {
      return 1000 * (context.outputLatency || context.baseLatency || 0);
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

    // To the audio thread; before it runs, messages wait for it in order.
    send(message) {
      if (this.node !== null) {
        this.node.port.postMessage(message);
        return;
      }
      this.waiting.push(message);
      if (this.waiting.length === 1) workletReady.catch(() => this.unheard());
    }

    // A machine without a sound device leaves the context suspended or its clock still.
    watchClock(isPlaying) {
      if (this.clockWatch || context === null) return;
      let lastTime = context.currentTime;
      let movedMs = performance.now();
      this.clockWatch = setInterval(() => {
        if (context.currentTime > lastTime) {
          lastTime = context.currentTime;
          movedMs = performance.now();
        } else if (performance.now() - movedMs > STALLED_MS) {
          this.unheard();
        }
        if (!isPlaying()) {
          clearInterval(this.clockWatch);
          this.clockWatch = null;
        }
      }, 250);
    }
  }

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    SAMPLE_RATE,
    AudioLine,
    context: openContext,
    resumeContext,
    lastGestureMs: () => lastGestureMs,
  });
})();
