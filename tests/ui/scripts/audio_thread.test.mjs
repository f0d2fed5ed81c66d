import assert from "node:assert/strict";
import test from "node:test";

import { audioThread, played } from "./page.mjs";

const FRAME = 1920;
const level = (count, value = 0.5) => new Float32Array(count).fill(value);
const heard = (samples) => samples.filter((sample) => sample !== 0).length;

function begun(leadS = 0) {
  const { processor, said } = audioThread();
  const send = (kind, more = {}) => processor.receive({ kind, run: "one", ...more });
  send("start", { leadS });
  return { processor, said, send };
}

test("chunks join without a seam, and the end is told once all was played", () => {
  const { processor, said, send } = begun();
  const ramp = Float32Array.from({ length: 2 * FRAME }, (_, i) => (i + 1) / 10_000);
  send("samples", { samples: ramp.slice(0, 700) });
  send("samples", { samples: ramp.slice(700) });
  send("final");
  assert.deepEqual(played(processor, 2 * FRAME / 128), ramp);
  assert.equal(said.at(-1).kind, "ended");
  assert.equal(said.at(-1).played, 2 * FRAME);
});

test("no sound before the lead is in hand, or half of it has passed", () => {
  const { processor, send } = begun(0.24);
  send("samples", { samples: level(FRAME) });
  assert.equal(heard(played(processor, 22)), 0);
  assert.ok(heard(played(processor, 2)) > 0);

  const full = begun(0.24);
  full.send("samples", { samples: level(3 * FRAME) });
  assert.ok(heard(played(full.processor, 1)) > 0);
});

test("a reply that is made too slowly waits for all of its lead", () => {
  const { processor, send } = begun(0);
  send("lead", { leadS: 1 });
  send("samples", { samples: level(12 * FRAME) });
  assert.equal(heard(played(processor, 100)), 0);
  send("samples", { samples: level(FRAME) });
  assert.ok(heard(played(processor, 1)) > 0);
});

test("running dry counts a gap, loses nothing, and waits for more the next time", () => {
  const { processor, said, send } = begun();
  send("samples", { samples: level(FRAME) });
  played(processor, FRAME / 128);
  assert.equal(said.at(-1).underruns, 1);
  send("samples", { samples: level(FRAME) });
  assert.equal(heard(played(processor, 200)), 0, "0.4 s are waited for");
  send("samples", { samples: level(5 * FRAME) });
  send("final");
  played(processor, 6 * FRAME / 128);
  assert.equal(said.at(-1).played, 7 * FRAME);
});

test("stop fades out within 15 ms, and nothing comes after it", () => {
  const { processor, said, send } = begun();
  send("samples", { samples: level(10 * FRAME) });
  played(processor, 5);
  send("stop");
  const tail = played(processor, 10);
  assert.equal(heard(tail.slice(360)), 0);
  assert.ok(tail.slice(0, 360).every((sample, i, all) => i === 0 || sample <= all[i - 1]));
  assert.equal(said.at(-1).kind, "stopped");
  send("samples", { samples: level(FRAME) });
  assert.equal(heard(played(processor, 5)), 0);
});

test("what is meant for another reply is not played", () => {
  const { processor, send } = begun();
  processor.receive({ kind: "samples", run: "two", samples: level(FRAME) });
  send("final");
  assert.equal(heard(played(processor, 20)), 0);
});
