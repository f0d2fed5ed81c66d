import assert from "node:assert/strict";
import test from "node:test";

import { base64, load } from "./page.mjs";

const { PlayerReply } = load("player_reply.js");

function reply(missing = async () => []) {
  const taken = [];
  const made = new PlayerReply("one", missing, (_, message) => taken.push(message.seq));
  return { made, taken };
}

test("messages are taken in order, each once", () => {
  const { made, taken } = reply();
  for (const seq of [0, 2, 1, 1, 0, 3]) made.take({ seq });
  assert.deepEqual(taken, [0, 1, 2, 3]);
});

test("what is missing is asked for by the number it lacks", async () => {
  const asked = [];
  const { made, taken } = reply(async (run, seq) => {
    asked.push([run, seq]);
    return [{ seq: 0 }, { seq: 1 }, { seq: 2 }];
  });
  made.take({ seq: 0 });
  made.take({ seq: 2 });
  await new Promise(setImmediate);
  assert.deepEqual(asked, [["one", 1]]);
  assert.deepEqual(taken, [0, 1, 2]);
});

test("what could not be fetched is asked for again", async () => {
  let failures = 2;
  const { made, taken } = reply(async () => {
    if (failures-- > 0) throw new Error("offline");
    return [{ seq: 0 }];
  });
  made.take({ seq: 1 });
  for (let turn = 0; turn < 8; turn++) await new Promise(setImmediate);
  assert.deepEqual(taken, [0, 1]);
});

test("the text lights up to the end of the word that sounds, and no further", () => {
  const { made } = reply();
  made.text = "one two three";
  made.addSound(base64(new Array(3 * 1920).fill(1000)), [[1920, 3], [1920, 6], [1920, 13]]);
  assert.equal(made.textEndAt(0), 0);
  assert.equal(made.textEndAt(10), "one".length);
  assert.equal(made.textEndAt(1920 + 10), "one two".length);
  assert.equal(made.textEndAt(3 * 1920), "one two three".length);
  assert.equal(made.received, 3 * 1920);
});
