// What the scripts of the page find around them, as far as they need it without a browser.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const ASSETS = new URL("../../../assets/", import.meta.url);

// Runs scripts of assets/ in a page of their own, in which no time passes; returns its
// `window.voiceStudio`.
export function load(...names) {
  const window = { voiceStudio: { SAMPLE_RATE: 24000 } };
  const context = vm.createContext({ window, atob, setTimeout: (work) => setImmediate(work) });
  for (const name of names) {
    vm.runInContext(readFileSync(new URL(name, ASSETS), "utf8"), context, { filename: name });
  }
  return window.voiceStudio;
}

// The processor of the audio thread, with `said`, all that it has reported so far.
export function audioThread() {
  const said = [];
  let Processor;
  const source = `(${load("audio_thread.js").audioThread})()`;
  const scope = {
    AudioWorkletProcessor: class {
      constructor() {
        this.port = { postMessage: (message) => said.push(message) };
      }
    },
    registerProcessor: (_, made) => { Processor = made; },
    sampleRate: 24000,
    currentTime: 0,
  };
  vm.runInContext(source, vm.createContext(scope));
  return { processor: new Processor({ processorOptions: { audible: 0.001 } }), said };
}

// The sound of so many blocks of 128 samples, as the browser would ask for them.
export function played(processor, blocks) {
  const all = [];
  for (let block = 0; block < blocks; block++) {
    const out = new Float32Array(128);
    processor.process([], [[out]]);
    all.push(...out);
  }
  return Float32Array.from(all);
}

export function base64(samples) {
  return Buffer.from(Int16Array.from(samples).buffer).toString("base64");
}
