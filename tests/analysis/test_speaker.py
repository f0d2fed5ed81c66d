"""Speaker embeddings against Resemblyzer itself, and second voices on real recordings."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from studio.analysis import speaker, speaker_encoder
from studio.errors import AnalysisUnavailableError, ClipRefusedError
from studio.types import Audio, Span

# Clips of one voice each, by speaker; the two of the same person were recorded apart.
VOICES = {
    "1688 (man)": ["ls_1688-142285-0003.flac", "ls_1688-142285-0006.flac"],
    "1998 (woman)": ["ls_1998-15444-0001.flac", "ls_1998-15444-0004.flac"],
    "3331 (woman)": ["ls_3331-159605-0002.flac", "ls_3331-159605-0008.flac"],
    "LJ (woman)": ["lj_LJ001-0004.wav", "lj_LJ001-0007.mp3"],
    "1591 (French)": ["cml_fr_1591_1028_000023.wav", "cml_fr_1591_1028_000096.wav"],
    "3503 (Spanish man)": ["cml_es_3503_2162_000104.wav"],
    "p287 (man)": ["vctk_p287_003_clean.wav"],
    "5703 (man)": ["ls_5703-47212-0000.ogg"],
    "address, noisy (man)": ["jfk_inaugural.flac"],
}


def read(path: Path) -> Audio:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return Audio(np.ascontiguousarray(samples.mean(axis=1)), rate)


def tone(seconds: float, seed: int = 0) -> Audio:
    """A buzz with moving overtones: not speech, but something to embed."""
    random_values = np.random.default_rng(seed)
    times = np.arange(round(seconds * 24_000)) / 24_000
    sound = sum(
        random_values.uniform(0.2, 1.0) / k * np.sin(2 * np.pi * k * (120 + 40 * seed) * times)
        for k in range(1, 20)
    )
    return Audio((0.1 * np.asarray(sound)).astype(np.float32))


def whole(audio: Audio) -> list[Span]:
    return [Span(0.0, audio.duration_s)]


def join(*parts: Audio) -> Audio:
    """The parts one after the other at 16 kHz, each as loud as the others."""
    import soxr

    def level(part: Audio) -> NDArray[np.float32]:
        samples = soxr.resample(part.samples, part.sample_rate, 16_000)
        return (0.05 * samples / np.sqrt(np.mean(samples**2))).astype(np.float32)

    return Audio(np.concatenate([level(part) for part in parts]), 16_000)


# Resemblyzer imports a name from where SciPy used to keep it.
@pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning")
def test_encoder_agrees_with_the_package_it_stands_in_for() -> None:
    from resemblyzer import VoiceEncoder
    from resemblyzer.audio import wav_to_mel_spectrogram

    samples = tone(4.0).samples[:32_000]
    theirs = wav_to_mel_spectrogram(samples)
    ours = speaker_encoder.mel_frames(samples)
    np.testing.assert_allclose(ours, theirs, atol=1e-5 * theirs.max())

    expected = VoiceEncoder("cpu", verbose=False)(torch.from_numpy(theirs[None, :160]))
    found = speaker_encoder.encode(ours[None, :160])
    np.testing.assert_allclose(found, expected.detach().numpy(), atol=1e-4)


def test_embedding_is_a_unit_vector_that_ignores_level_and_pauses() -> None:
    clip = tone(3.0)
    embedding = speaker.embed(clip)
    assert embedding.shape == (speaker.EMBEDDING_SIZE,)
    assert embedding.dtype == np.float32
    assert np.linalg.norm(embedding) == pytest.approx(1.0, abs=1e-5)

    quiet = Audio(clip.samples * np.float32(0.001))
    assert speaker.similarity(embedding, speaker.embed(quiet)) > 0.999

    pause = np.zeros(48_000, dtype=np.float32)
    padded = Audio(np.concatenate([pause, clip.samples, pause]))
    assert speaker.similarity(embedding, speaker.embed(padded)) > 0.97


def test_very_short_sounds_have_an_embedding() -> None:
    for seconds in (0.001, 0.1, 1.0):
        assert np.isfinite(speaker.embed(tone(seconds))).all()


@pytest.mark.parametrize("samples", [0, 1, 24_000])
def test_silence_is_refused_in_plain_words(samples: int) -> None:
    with pytest.raises(ClipRefusedError, match="silent"):
        speaker.embed(Audio(np.zeros(samples, dtype=np.float32)))


def test_threads_get_the_same_answer_as_one_alone() -> None:
    clips = [tone(2.0, seed) for seed in range(4)]
    alone = [speaker.embed(clip) for clip in clips]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(speaker.embed, clips * 2))
    for expected, found in zip(alone * 2, together, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_loading_the_encoder_leaves_random_numbers_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    speaker_encoder._load_network.cache_clear()
    speaker.embed(tone(1.0))
    assert torch.equal(torch.rand(3), expected)


def test_missing_encoder_is_said_and_does_not_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    speaker_encoder._load_network.cache_clear()
    assert not speaker.available()
    with pytest.raises(AnalysisUnavailableError, match="pip install Resemblyzer"):
        speaker.embed(tone(1.0))


def test_damaged_weights_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    damaged = tmp_path / "pretrained.pt"
    damaged.write_bytes(b"not weights")
    monkeypatch.setattr(speaker_encoder, "weights_path", lambda: damaged)
    speaker_encoder._load_network.cache_clear()
    with pytest.raises(AnalysisUnavailableError, match="damaged"):
        speaker.embed(tone(1.0))
    monkeypatch.undo()
    assert len(speaker.embed(tone(1.0))) == speaker.EMBEDDING_SIZE


def test_second_voice_needs_enough_speech() -> None:
    clip = tone(3.0)
    assert speaker.second_voice(clip, whole(clip)) is None
    assert speaker.second_voice(clip, []) is None
    assert speaker.second_voice(clip, [Span(50.0, 60.0)]) is None


@pytest.fixture(scope="module")
def voices(speech_dir: Path) -> dict[str, list[Audio]]:
    return {name: [read(speech_dir / file) for file in files] for name, files in VOICES.items()}


@pytest.mark.speech
def test_same_person_is_more_alike_than_any_two_people(voices: dict[str, list[Audio]]) -> None:
    embeddings = {name: [speaker.embed(clip) for clip in clips] for name, clips in voices.items()}
    same = [speaker.similarity(*pair) for pair in embeddings.values() if len(pair) == 2]
    different = [
        speaker.similarity(a, b)
        for one, other in itertools.combinations(embeddings.values(), 2)
        for a in one
        for b in other
    ]
    assert min(same) > 0.85
    assert max(different) < 0.75


@pytest.mark.speech
def test_one_voice_alone_raises_no_alarm(voices: dict[str, list[Audio]]) -> None:
    for name, clips in voices.items():
        for clip in clips:
            assert speaker.second_voice(clip, whole(clip)) is None, name
        if len(clips) == 2:
            both = join(*clips)
            assert speaker.second_voice(both, whole(both)) is None, name


@pytest.mark.speech
def test_turning_away_from_the_microphone_is_no_second_voice(
    voices: dict[str, list[Audio]],
) -> None:
    near, far = voices["1591 (French)"]
    clip = join(near, far)
    clip.samples[len(clip.samples) // 2 :] *= 10 ** (-15 / 20)
    assert speaker.second_voice(clip, whole(clip)) is None


@pytest.mark.speech
def test_second_voice_is_found_where_it_starts(voices: dict[str, list[Audio]]) -> None:
    pairs = list(itertools.permutations(voices, 2))
    drawn = random.Random(3).sample(pairs, 24)
    for one, other in drawn:
        first, second = voices[one][0].slice(0.3, 4.3), voices[other][-1].slice(0.3, 4.3)
        clip = join(first, second)
        start_s = speaker.second_voice(clip, whole(clip))
        assert start_s is not None, (one, other)
        assert start_s == pytest.approx(first.duration_s, abs=0.8), (one, other)


@pytest.mark.speech
def test_start_is_told_in_clip_time_when_pauses_lie_between(
    voices: dict[str, list[Audio]],
) -> None:
    first, second = voices["1688 (man)"][1].slice(0, 5), voices["LJ (woman)"][1].slice(0, 5)
    joined = join(first, second)
    pause = np.zeros(16_000 * 4, dtype=np.float32)
    split = round(first.duration_s * 16_000)
    clip = Audio(np.concatenate([joined.samples[:split], pause, joined.samples[split:]]), 16_000)
    start_s = speaker.second_voice(clip, [Span(0.0, 5.0), Span(9.0, 14.0)])
    assert start_s is not None
    assert 4.2 < start_s < 9.8


@pytest.mark.speech
def test_two_men_in_a_meeting_are_told_apart(speech_dir: Path) -> None:
    meeting = read(speech_dir / "ami_dev00_2spk.wav")
    assert speaker.second_voice(meeting, whole(meeting)) is not None
