"""The player: what it is sent, and what it does with it in a real browser."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.errors import TextError
from studio.types import FRAME_SAMPLES, Emotion, SpeechFrame, SpeechStats
from studio.ui.parts.feed import Feed
from studio.ui.player.courier import (
    MAX_CHUNK_S,
    Courier,
    Making,
    Outbox,
    Ramp,
    Speed,
    Status,
    Words,
    pcm16,
)


def frames_of(count: int, *, samples: int = FRAME_SAMPLES) -> list[SpeechFrame]:
    return [
        SpeechFrame(index, np.full(samples, (index + 1) / 1_000, np.float32), index + 1)
        for index in range(count)
    ]


def feed_of(items: Sequence[Making]) -> Feed[Making]:
    def work(put: Callable[[Making], None]) -> None:
        for item in items:
            put(item)

    return Feed(work)


def samples_in(message: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(message["pcm"]), "<i2")


def test_messages_carry_every_sample_once_and_in_order() -> None:
    frames = [*frames_of(40), SpeechFrame(40, np.full(777, 0.5, np.float32), 41)]
    messages = list(Courier(Outbox(), "run").gather(feed_of(frames)))

    assert [message["seq"] for message in messages] == list(range(len(messages)))
    received = np.concatenate([samples_in(message) for message in messages])
    made = np.concatenate([frame.samples for frame in frames])
    np.testing.assert_allclose(received / 32_768, made, atol=1 / 32_768)
    marks = [mark for message in messages for mark in message["frames"]]
    assert marks == [[len(frame.samples), frame.text_end] for frame in frames]


def test_the_first_frame_goes_at_once_and_what_is_made_meanwhile_goes_together() -> None:
    sent, made = threading.Event(), threading.Event()

    def work(put: Callable[[Making], None]) -> None:
        first, *rest = frames_of(200)
        put(first)
        assert sent.wait(10)
        for frame in rest:
            put(frame)
        made.set()

    messages = Courier(Outbox(), "run").gather(Feed(work))
    assert len(next(messages)["frames"]) == 1
    sent.set()
    assert made.wait(10)
    lengths = [len(message["frames"]) for message in messages]
    assert sum(lengths) == 199
    assert max(lengths) * 0.08 <= MAX_CHUNK_S + 0.08
    assert len(lengths) < 20


def test_an_engine_that_is_barely_fast_enough_is_passed_on_frame_by_frame() -> None:
    now = 0.0
    ramp = Ramp(clock=lambda: now)
    for _ in range(50):
        assert ramp.is_due(0.08)
        ramp.sent(0.08)
        now += 0.08


def test_words_go_with_the_first_sound_and_a_status_goes_at_once() -> None:
    items = [Words("hello"), Status("Reading the voice (10%)"), Words("hi"), *frames_of(2)]
    first, second, *_ = Courier(Outbox(), "run").gather(feed_of(items))

    assert (first["text"], first["status"], first["frames"]) == (
        "hello",
        "Reading the voice (10%)",
        [],
    )
    assert second["text"] == "hi"
    assert second["frames"]


def test_how_far_the_text_is_spoken_is_counted_as_the_browser_counts() -> None:
    text = "\N{GRINNING FACE} one \N{GOTHIC LETTER AHSA} \N{FAMILY} two \N{PARTY POPPER}"
    frames = [SpeechFrame(n, np.zeros(1, np.float32), n) for n in range(len(text) + 1)]
    messages = Courier(Outbox(), "run").gather(feed_of([Words(text), *frames]))

    units = [len(text[:end].encode("utf-16-le")) // 2 for end in range(len(text) + 1)]
    assert [end for message in messages for _, end in message["frames"]] == units


def test_the_speed_goes_with_the_sound_and_the_lead_with_the_words() -> None:
    items = [Words("hello", 2.5, "Slow."), Speed(1.5), *frames_of(1)]
    (message,) = Courier(Outbox(), "run").gather(feed_of(items))

    assert (message["lead_s"], message["note"]) == (2.5, "Slow.")
    assert message["stats"] == {"rtf": 1.5}


def test_a_note_on_a_slow_machine_is_taken_back_once_the_reply_is_made_in_time() -> None:
    courier = Courier(Outbox(), "run")
    items = [Speed(1.5, "Slow."), *frames_of(1), Speed(1.4), Speed(0.9, ""), *frames_of(1)]
    (message,) = courier.gather(feed_of(items))
    assert message["note"] == ""
    stats = SpeechStats("csm", 5, Emotion.CALM, 24_000, 2.0, 0.1, 0.9, 1, True)
    assert courier.last(stats, Path("a.wav"))["note"] == ""
    assert "note" not in courier.last(replace(stats, rtf=1.1), Path("a.wav"))


def test_a_slow_first_sound_is_announced() -> None:
    go_on = threading.Event()

    def work(put: Callable[[Making], None]) -> None:
        assert go_on.wait(10)
        put(frames_of(1)[0])

    messages = Courier(Outbox(), "run").gather(Feed(work))
    assert next(messages)["status"] == "Making the first sound"
    go_on.set()
    assert len(next(messages)["frames"]) == 1


def test_an_error_in_the_making_reaches_who_sends() -> None:
    def work(put: Callable[[Making], None]) -> None:
        put(frames_of(1)[0])
        raise TextError("Type something.")

    with pytest.raises(TextError, match="Type something"):
        list(Courier(Outbox(), "run").gather(Feed(work)))


def test_samples_beyond_full_scale_are_clipped_and_do_not_wrap() -> None:
    loud = SpeechFrame(0, np.array([2.0, -2.0, 1.0], np.float32), 1)

    assert samples_in({"pcm": pcm16([loud])}).tolist() == [32_767, -32_768, 32_767]


def test_missed_messages_can_be_asked_for_by_number() -> None:
    outbox = Outbox()
    courier = Courier(outbox, "run")
    sent = [courier.message(frames_of(1)) for _ in range(5)]

    assert outbox.since("run", 2) == sent[2:]
    assert outbox.since("run", -1) == sent
    assert outbox.since("another", 0) == []


def test_a_reply_that_still_plays_is_kept_whole_whatever_others_do() -> None:
    outbox = Outbox()
    courier = Courier(outbox, "long", visitor="who listens")
    sent = [courier.message(frames_of(1)) for _ in range(5)]
    for number in range(100):
        Courier(outbox, f"run {number}", visitor=f"visitor {number}").message(frames_of(1))

    assert outbox.since("long", 0) == sent


def test_a_reply_is_let_go_of_when_it_was_heard_or_gave_way_or_its_visitor_left() -> None:
    outbox = Outbox()
    for over in (
        lambda: outbox.end("ann", "first"),
        lambda: Courier(outbox, "second", "ann"),
        lambda: outbox.end("ann"),
    ):
        courier = Courier(outbox, "first", "ann")
        courier.message(frames_of(1))
        over()
        courier.message(frames_of(1))  # on its way while the reply was stopped
        assert outbox.since("first", 0) == []

    Courier(outbox, "second", "ann").message()
    outbox.end("ann", "first")
    assert len(outbox.since("second", 0)) == 1, "the late end of another reply changes nothing"


SEND = """([first, count, final]) => {
  const player = window.voiceStudio.players.chat;
  for (let seq = first; seq < first + count; seq++) {
    const pcm = new Int16Array(1920).fill(3000);
    let bytes = '';
    for (const byte of new Uint8Array(pcm.buffer)) bytes += String.fromCharCode(byte);
    player.receive({ run: window.testRun, seq, pcm: btoa(bytes), frames: [[1920, seq + 1]],
      text: seq === 0 ? 'abcdefghijklmnopqrst' : null, final: final && seq === first + count - 1 });
  }
}"""
STATE = "window.voiceStudio.players.chat.state()"


def begin(page: Any) -> None:
    page.get_by_role("tab", name="Chat").click()
    page.evaluate("window.testRun = window.voiceStudio.begin('chat')")


@pytest.mark.browser
def test_the_player_is_connected_before_the_first_click(open_page: Callable[..., Any]) -> None:
    page = open_page("never clicked")
    page.evaluate("document.querySelector('[role=tab]:nth-of-type(3)').click()")  # by no pointer
    page.wait_for_function(f"window.voiceStudio.players.chat && {STATE}.isConnected")
    begin(page)
    page.evaluate(SEND, [0, 5, True])
    page.wait_for_function(f"{STATE}.state === 'finished'")
    assert page.evaluate(STATE)["played"] == 5 * FRAME_SAMPLES


@pytest.mark.browser
def test_messages_out_of_order_play_in_order_and_whole(kept_page: Any) -> None:
    begin(kept_page)
    for span in ([0, 1, False], [3, 2, False], [1, 1, False], [2, 1, False], [5, 1, True]):
        kept_page.evaluate(SEND, span)
    kept_page.wait_for_function(f"{STATE}.state === 'finished'")

    state = kept_page.evaluate(STATE)
    assert state["received"] == state["played"] == 6 * FRAME_SAMPLES


@pytest.mark.browser
def test_a_reply_stopped_before_it_arrives_is_not_played(kept_page: Any) -> None:
    begin(kept_page)
    kept_page.get_by_role("button", name="Stop").click()
    kept_page.evaluate(SEND, [0, 5, True])
    state = kept_page.evaluate(STATE)
    assert (state["state"], state["received"], state["played"]) == ("stopped", 0, 0)

    begin(kept_page)
    kept_page.evaluate(SEND, [0, 5, True])
    kept_page.wait_for_function(f"{STATE}.state === 'finished'")


@pytest.mark.browser
def test_what_still_comes_of_an_earlier_reply_is_not_taken_for_the_next(kept_page: Any) -> None:
    begin(kept_page)
    kept_page.evaluate("window.earlier = window.testRun")
    begin(kept_page)
    kept_page.evaluate(SEND.replace("window.testRun", "window.earlier"), [0, 5, True])
    state = kept_page.evaluate(STATE)
    assert (state["state"], state["received"]) == ("waiting", 0)

    kept_page.evaluate(SEND, [0, 3, True])
    kept_page.wait_for_function(f"{STATE}.state === 'finished'")
    assert kept_page.evaluate(STATE)["played"] == 3 * FRAME_SAMPLES


@pytest.mark.browser
def test_a_message_sent_twice_plays_once(kept_page: Any) -> None:
    begin(kept_page)
    kept_page.evaluate(SEND, [0, 2, False])
    kept_page.evaluate(SEND, [1, 2, True])
    kept_page.wait_for_function(f"{STATE}.state === 'finished'")

    assert kept_page.evaluate(STATE)["played"] == 3 * FRAME_SAMPLES


@pytest.mark.browser
def test_running_dry_counts_a_gap_loses_nothing_and_plays_on(kept_page: Any) -> None:
    begin(kept_page)
    kept_page.evaluate(SEND, [0, 3, False])
    kept_page.wait_for_function(f"{STATE}.underruns === 1")
    assert kept_page.evaluate(STATE)["played"] == 3 * FRAME_SAMPLES

    kept_page.evaluate(SEND, [3, 4, True])
    kept_page.wait_for_function(f"{STATE}.state === 'finished'")
    state = kept_page.evaluate(STATE)
    assert (state["played"], state["underruns"]) == (7 * FRAME_SAMPLES, 1)


@pytest.mark.browser
def test_a_reply_that_needs_a_lead_waits_for_it_and_says_so(kept_page: Any) -> None:
    begin(kept_page)
    send = SEND.replace("text:", "lead_s: seq === 0 ? 1.6 : 0, note: 'Too slow.', text:")
    kept_page.evaluate(send, [0, 10, False])
    kept_page.get_by_text("Gathering sound: 0.8 of 1.6 s").wait_for()
    kept_page.get_by_text("Too slow.").wait_for()
    # Much longer than the player waits for a reply that needs no lead, by the sound's own clock.
    before = kept_page.evaluate("window.voiceStudio.context().currentTime")
    kept_page.wait_for_function(
        "(before) => window.voiceStudio.context().currentTime > before + 0.5", arg=before
    )
    assert kept_page.evaluate(STATE)["played"] == 0

    kept_page.evaluate(send, [10, 10, False])
    kept_page.wait_for_function(f"{STATE}.played > 0")
    assert kept_page.get_by_text("Too slow.").is_visible()
    kept_page.evaluate(send.replace("'Too slow.'", "''"), [20, 1, True])
    kept_page.wait_for_function(f"{STATE}.state === 'finished'")
    state = kept_page.evaluate(STATE)
    assert (state["played"], state["underruns"]) == (21 * FRAME_SAMPLES, 0)
    kept_page.get_by_text("Too slow.").wait_for(state="detached")


@pytest.mark.browser
def test_text_is_revealed_no_further_than_it_is_played(kept_page: Any) -> None:
    begin(kept_page)
    kept_page.evaluate(SEND.replace("abcdefghijklmnopqrst", "a b c d e f g h i j "), [0, 10, False])
    kept_page.wait_for_function(f"{STATE}.played > 0")
    state = kept_page.evaluate(STATE)
    frames_heard = -(-state["played"] // FRAME_SAMPLES)
    assert state["shown"] <= frames_heard + 2  # to the end of the word being spoken

    kept_page.evaluate(SEND, [10, 10, True])
    kept_page.wait_for_function(f"{STATE}.state === 'finished'")
    assert kept_page.evaluate(STATE)["shown"] == 20


@pytest.mark.browser
def test_a_finished_take_plays_again_from_the_browser(kept_page: Any) -> None:
    begin(kept_page)
    kept_page.evaluate(SEND, [0, 5, True])
    kept_page.wait_for_function(f"{STATE}.state === 'finished'")

    kept_page.get_by_role("button", name="Replay").click()
    kept_page.wait_for_function(f"{STATE}.state === 'playing'")
    kept_page.wait_for_function(f"{STATE}.state === 'finished' && {STATE}.played === 9600")


@pytest.mark.browser
def test_a_browser_without_sound_says_so_and_does_not_hang(open_page: Any) -> None:
    page = open_page(
        init_script="""
          AudioContext.prototype.resume = function () { return new Promise(() => {}); };
          Object.defineProperty(AudioContext.prototype, 'currentTime', { get: () => 0 });
          AudioWorkletNode = class {
            constructor() { this.port = { postMessage() {} }; }
            connect() {}
          };
        """
    )
    begin(page)
    page.evaluate(SEND, [0, 5, False])
    page.get_by_text("This browser gives no sound").wait_for()
    page.evaluate(SEND, [5, 1, True])
    page.wait_for_function(f"{STATE}.state === 'finished'")
