"""Voice activity: the network is silero's own, and the edges hold on real and synthetic voices."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from studio.analysis import silero
from studio.analysis.silero import load_weights, speech_probabilities
from studio.audio.levels import measure_levels
from studio.audio.resample import resample
from studio.clips.content import (
    Content,
    content_without_speech,
    held_tone_ratio,
    music_behind_speech,
    sounds_spoken,
)
from studio.clips.decoding.decode import DecodeLimits, decode_clip
from studio.clips.voice_activity import speech_activity
from studio.types import Audio, Span
from tests.corpus import RATE, as_audio, chords, noise, speech
from tests.voices import spoken

VOICES = ["en-us", "en-us+f2", "en-us+m3", "de", "en-us+whisper"]


@pytest.fixture
def without_silero(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a machine where silero-vad is not installed."""
    find = silero.importlib.util.find_spec
    monkeypatch.setattr(
        silero.importlib.util, "find_spec", lambda n: None if n == "silero_vad" else find(n)
    )
    load_weights.cache_clear()
    yield
    load_weights.cache_clear()


@pytest.mark.filterwarnings("ignore:.torch.jit.load. is deprecated:DeprecationWarning")
def test_the_network_computes_what_the_packaged_model_computes() -> None:
    torch = pytest.importorskip("torch")
    from silero_vad import load_silero_vad

    threads = torch.get_num_threads()
    model = load_silero_vad()
    packaged = {
        k.removeprefix("_model."): v.numpy()
        for k, v in model.state_dict().items()
        if k.startswith("_model.")
    }
    # The scripted model has weights of its own; with them, both must agree to the last digits.
    names = {
        "stft_conv.weight": "stft.forward_basis_buffer",
        "final_conv.weight": "decoder.decoder.2.weight",
        "final_conv.bias": "decoder.decoder.2.bias",
        **{
            f"conv{i + 1}.{part}": f"encoder.{i}.reparam_conv.{part}"
            for i in range(4)
            for part in ("weight", "bias")
        },
        **{
            f"lstm_cell.{part}": f"decoder.rnn.{part}"
            for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        },
    }
    weights = {ours: packaged[theirs] for ours, theirs in names.items()}
    assert set(load_weights()) == set(weights)
    samples = resample(as_audio(speech()), 16_000).samples[:70_001]
    wanted = model.audio_forward(torch.from_numpy(samples)[None], 16_000).numpy()[0]
    torch.set_num_threads(threads)
    np.testing.assert_allclose(speech_probabilities(samples, weights), wanted, atol=1e-4)


def test_torch_is_not_needed() -> None:
    code = (
        "import sys, numpy as np\n"
        "from studio.clips.voice_activity import speech_activity\n"
        "from studio.types import Audio\n"
        "speech_activity(Audio(np.ones(24_000, np.float32)))\n"
        "sys.exit('torch' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=60).returncode == 0


@pytest.mark.parametrize("gain", [1.0, 1e-3])
@pytest.mark.parametrize("voice", VOICES)
def test_voices_are_found_and_their_pauses_too(voice: str, gain: float) -> None:
    room = np.zeros(RATE // 2, dtype=np.float32)
    words = spoken("She sells fish. Then, after a while, he came back.", voice).samples
    samples = np.concatenate([room, words, np.tile(room, 3), words, room])
    audio = as_audio((samples + noise(len(samples), 5e-5)) * gain)
    activity = speech_activity(audio)
    assert activity.method == "silero"
    first, last = activity.spans[0], activity.spans[-1]
    assert first.start_s == pytest.approx(0.51, abs=0.05)
    assert last.end_s == pytest.approx(audio.duration_s - 0.51, abs=0.08)
    middle = 0.5 + len(words) / RATE
    assert not any(s.start_s < middle + 0.75 < s.end_s for s in activity.spans)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0),
        np.full(1, 0.5),
        np.zeros(RATE),
        noise(5 * RATE, 0.1),
        noise(5 * RATE, 1e-5),
        chords(),
        np.sin(np.arange(3 * RATE) * 0.05),
        np.sign(np.sin(np.arange(3 * RATE) * 0.05)),
        noise(4 * RATE, 0.1) * (np.sin(np.arange(4 * RATE) * 0.001) > 0),
    ],
    ids=["empty", "one", "silence", "noise", "dither", "chords", "tone", "square", "bursts"],
)
def test_what_is_not_speech(samples: np.ndarray) -> None:
    assert speech_activity(as_audio(samples)).spans == ()


def test_without_silero_the_levels_decide(without_silero: None) -> None:
    audio = as_audio(speech())
    activity = speech_activity(audio)
    assert activity.method == "energy"
    assert activity.spans[0].start_s == pytest.approx(0.51, abs=0.05)
    assert activity.spans[-1].end_s == pytest.approx(audio.duration_s - 0.51, abs=0.08)


def test_many_threads_get_the_same_answer() -> None:
    audio = as_audio(speech())
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(speech_activity, [audio] * 8))
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    ("samples", "content"),
    [
        (np.zeros(0), Content.NOTHING),
        (noise(3_000, 0.1), Content.NOTHING),
        (np.zeros(RATE), Content.SILENCE),
        (noise(3 * RATE, 0.1), Content.NOISE),
        (chords(), Content.MUSIC),
        (noise(4 * RATE, 0.1) * (np.sin(np.arange(4 * RATE) * 0.001) > 0), Content.UNKNOWN),
    ],
)
def test_what_is_there_instead_of_speech(samples: np.ndarray, content: Content) -> None:
    assert content_without_speech(as_audio(samples)) is content


@pytest.mark.parametrize("voice", VOICES)
def test_voices_move_like_speech_and_music_does_not(voice: str) -> None:
    audio = spoken("She sells fish. Then, after a while, he came back.", voice)
    whole = [Span(0, audio.duration_s)]
    assert sounds_spoken(audio, whole)
    assert held_tone_ratio(audio) < 0.3
    music = as_audio(chords())
    assert not sounds_spoken(music, [Span(0, music.duration_s)])
    assert not sounds_spoken(audio, [Span(0, 0.2)])


@pytest.mark.parametrize(("music_db", "heard"), [(-12, True), (-25, True), (-70, False)])
def test_music_behind_a_voice(music_db: float, heard: bool) -> None:
    words = spoken("She sells fish. Then, after a while, he came back.").samples
    gap = np.zeros(RATE, dtype=np.float32)
    voice = np.concatenate([gap, words, gap, words, gap])
    tune = np.tile(chords(), 2)[: len(voice)]
    tune = tune * np.abs(words).max() / np.abs(tune).max() * 10 ** (music_db / 20)
    audio = as_audio(voice + tune + noise(len(voice), 1e-4))
    spans = [
        Span(1.0, 1 + len(words) / RATE),
        Span(2 + len(words) / RATE, 2 + 2 * len(words) / RATE),
    ]
    assert music_behind_speech(audio, spans, measure_levels(audio)) is heard


# Where silence ends and begins again in recordings, from their spectrograms, in seconds.
EDGES = {
    "ls_1688-142285-0003.flac": (0.55, 4.66),
    "ls_3331-159605-0002.flac": (0.54, 5.86),
    "ls_1998-15444-0001.flac": (0.38, 5.64),
    "ls_1998-15444-0004.flac": (0.56, 7.78),
    "vctk_p287_003_clean.wav": (0.55, 6.76),
    "cml_es_3503_2162_000104.wav": (0.95, 10.78),
    "cml_fr_1591_1028_000096.wav": (0.48, 13.88),
    "aishell_BAC009S0764W0121.wav": (0.45, 3.72),
}


@pytest.mark.speech
@pytest.mark.parametrize("name", EDGES)
def test_edges_of_recordings(name: str, speech_dir: Path) -> None:
    audio = decode_clip(speech_dir / name, DecodeLimits()).audio
    spans = speech_activity(audio).spans
    assert spans[0].start_s == pytest.approx(EDGES[name][0], abs=0.05)
    assert spans[-1].end_s == pytest.approx(EDGES[name][1], abs=0.08)


@pytest.mark.speech
def test_a_noisy_recording_keeps_what_its_clean_twin_holds(speech_dir: Path) -> None:
    clean, noisy = (
        speech_activity(decode_clip(speech_dir / name, DecodeLimits()).audio).spans
        for name in ("vctk_p287_003_clean.wav", "vctk_p287_003_noisy.wav")
    )
    assert noisy[0].start_s <= clean[0].start_s + 0.05
    assert noisy[-1].end_s >= clean[-1].end_s - 0.05


def test_padding_moves_the_spans_and_nothing_else() -> None:
    audio = as_audio(speech())
    extra = noise(RATE, 1e-4, seed=9)
    padded = Audio(np.concatenate([extra, audio.samples]))
    before, after = speech_activity(audio).spans, speech_activity(padded).spans
    assert after[0].start_s == pytest.approx(before[0].start_s + 1, abs=0.02)
    assert after[-1].end_s == pytest.approx(before[-1].end_s + 1, abs=0.02)
