"""Making voices through the facade: what is kept, what is refused, what can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import Clip, SpeechRequest, Studio
from studio.audio.files import decode_flac, encode_wav
from studio.errors import (
    ClipRefusedError,
    ConsentError,
    OptionsError,
    ProfileError,
    ProfileExistsError,
    ProfileNameError,
    StudioError,
    UnreadableClipError,
)
from studio.types import SAMPLE_RATE, Audio, Emotion
from studio.ui.voices.card_html import details, voice_card
from tests.core.conftest import SILENCE_S, TRANSCRIPT
from tests.corpus import sound_file
from tests.voices import spoken


def names(studio: Studio) -> list[str]:
    return sorted(entry.metadata.name for entry in studio.profiles() if entry.metadata)


def test_a_voice_keeps_what_was_said_of_it(studio: Studio, clip_file: Path) -> None:
    made = studio.create_profile(
        "  Zoë\n Maria ",
        [Clip(clip_file, transcript=" The boy\nwas there. ", emotion=Emotion.CALM)],
        consent="I am the speaker.",
        language="de",
        tags=["warm", "warm", " low "],
    )
    loaded = studio.find("zoë maria")
    assert loaded == made
    assert loaded.name == "Zoë Maria"
    assert loaded.tags == ("warm", "low")
    assert loaded.language == "de"
    assert loaded.consent.statement == "I am the speaker."
    assert loaded.segments[0].transcript == "The boy was there."
    assert loaded.segments[0].emotion is Emotion.CALM
    assert loaded.segments[0].source_name == "boy.wav"
    assert loaded.characteristics.f0_median_hz is not None


@pytest.mark.parametrize("consent", ["", "  \n"])
def test_no_consent_no_voice(studio: Studio, clip_file: Path, consent: str) -> None:
    with pytest.raises(ConsentError, match="who allowed"):
        studio.create_profile("Ben", [Clip(clip_file)], consent=consent)
    assert names(studio) == ["Anna"]


def test_a_name_that_is_taken_is_refused_before_any_work(studio: Studio) -> None:
    with pytest.raises(ProfileExistsError, match="anna"):
        studio.create_profile("anna", [Clip(Path("nowhere.wav"))], consent="yes")


def test_one_bad_clip_saves_nothing(studio: Studio, clip_file: Path, tmp_path: Path) -> None:
    silence = tmp_path / "silence.wav"
    silence.write_bytes(encode_wav(Audio(np.zeros(3 * SAMPLE_RATE, np.float32))))
    with pytest.raises(ClipRefusedError, match=r"silence\.wav"):
        studio.create_profile("Ben", [Clip(clip_file), Clip(silence)], consent="yes")
    assert names(studio) == ["Anna"]


def test_a_voice_needs_a_clip(studio: Studio) -> None:
    with pytest.raises(ProfileError, match="at least one clip"):
        studio.create_profile("Ben", [], consent="yes")


def test_the_same_clip_twice_is_refused(studio: Studio, clip_file: Path) -> None:
    with pytest.raises(ClipRefusedError, match="already"):
        studio.add_clips("anna", [Clip(clip_file)])
    assert len(studio.profile("anna").segments) == 1


def test_of_several_clips_the_bad_one_is_named(
    studio: Studio, clip_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "letter.wav").write_text("Dear Ben, this is a letter.")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "boy.wav").write_bytes(b"")
    for bad, named in (
        (Clip(tmp_path / "letter.wav"), r"'letter\.wav' cannot be used.*is text"),
        (Clip(tmp_path / "gone.wav"), r"'gone\.wav' cannot be used.*no file"),
        (Clip(tmp_path / "other" / "boy.wav"), r"'boy\.wav' \(number 2\).*is empty"),
        (Clip(clip_file.with_name("b.wav"), transcript="x" * 9_999), r"'b\.wav'.*characters"),
    ):
        with pytest.raises(StudioError, match=named):
            studio.create_profile("Ben", [Clip(clip_file), bad], consent="yes")
    assert names(studio) == ["Anna"]


def test_two_clips_of_equal_content_say_so(studio: Studio, clip_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.wav"
    copy.write_bytes(clip_file.read_bytes())
    with pytest.raises(ClipRefusedError, match=r"'boy\.wav' and 'copy\.wav' hold the same sound"):
        studio.create_profile("Ben", [Clip(clip_file), Clip(copy)], consent="yes")
    with pytest.raises(ClipRefusedError, match=r"'copy\.wav' is in this voice already, as 'boy"):
        studio.add_clips("anna", [Clip(copy)])


def test_what_is_said_of_the_words_follows_them(studio: Studio, clip_file: Path) -> None:
    def doubts() -> list[str]:
        return [s for s in studio.profile("anna").segments[0].report.advice if "transcript" in s]

    clip = studio.profile("anna").segments[0].id
    assert doubts() == []
    studio.set_transcript("anna", clip, "word " * 400)
    assert len(doubts()) == 1
    studio.set_transcript("anna", clip, TRANSCRIPT)
    assert doubts() == []
    made = studio.create_profile("Ben", [Clip(clip_file, transcript="word " * 400)], consent="yes")
    assert "more words" in " ".join(made.segments[0].report.advice)


def test_what_is_said_of_the_file_outlives_its_cut(studio: Studio, tmp_path: Path) -> None:
    voice = spoken(TRANSCRIPT).samples
    sides = np.stack([voice, np.random.default_rng(1).normal(0, 0.05, len(voice))], axis=1)
    path = tmp_path / "recorder.wav"
    path.write_bytes(sound_file(sides))
    [made] = studio.create_profile("Ben", [Clip(path)], consent="yes").segments
    assert made.report.advice[-1].startswith("Only the left channel")
    [whole] = studio.set_trim("ben", made.id, trim=False).segments
    assert whole.report.advice[-1] == made.report.advice[-1]


def test_a_text_file_in_a_recordings_clothes(studio: Studio, tmp_path: Path) -> None:
    fake = tmp_path / "<img src=x onerror=alert(1)>.wav"
    fake.write_text("not a sound")
    with pytest.raises(UnreadableClipError):
        studio.create_profile("Ben", [Clip(fake)], consent="yes")


def test_a_clip_can_be_added_and_taken_out(studio: Studio, tmp_path: Path) -> None:
    second = tmp_path / "second.wav"
    second.write_bytes(encode_wav(spoken("Glue the sheet to the dark blue background.")))
    before = studio.profile("anna")
    both = studio.add_clips("anna", [Clip(second, emotion=Emotion.HAPPY)])
    assert both.revision == before.revision + 1
    assert [s.emotion for s in both.segments] == [Emotion.NEUTRAL, Emotion.HAPPY]
    after = studio.remove_clip("anna", both.segments[1].id)
    assert [s.id for s in after.segments] == [s.id for s in before.segments]
    with pytest.raises(ProfileError, match="only clip"):
        studio.remove_clip("anna", after.segments[0].id)


def test_a_cut_can_be_undone_and_made_again(studio: Studio, clip_file: Path) -> None:
    cut = studio.profile("anna").segments[0]
    assert cut.report.trimmed_start_s == pytest.approx(SILENCE_S, abs=0.15)
    whole = studio.set_trim("anna", cut.id, trim=False).segments[0]
    assert whole.duration_s == pytest.approx(
        cut.duration_s + cut.report.trimmed_start_s + cut.report.trimmed_end_s, abs=0.01
    )
    assert whole.transcript == TRANSCRIPT
    again = studio.set_trim("anna", whole.id, trim=True).segments[0]
    assert again.duration_s == pytest.approx(cut.duration_s, abs=0.02)
    assert len(studio.profile("anna").segments) == 1
    assert studio.check() == []


def test_a_cut_that_would_make_a_clip_twice_is_refused_with_both_named(
    studio: Studio, clip_file: Path
) -> None:
    (cut,) = studio.profile("anna").segments
    both = studio.add_clips("anna", [Clip(clip_file, trim=False)], consent="Once more.")
    whole = both.segments[1]
    for one, trim, other in ((cut, False, whole), (whole, True, cut)):
        with pytest.raises(ProfileError, match=f"twice.*{other.id}.*Remove one"):
            studio.set_trim("anna", one.id, trim)
    assert studio.profile("anna") == both
    studio.remove_clip("anna", cut.id)
    again = studio.set_trim("anna", whole.id, trim=True).segments[0]
    assert (again.id, again.consent) == (cut.id, whole.consent)


def test_what_was_asked_for_the_pauses_outlives_a_cut_that_is_undone(
    studio: Studio, tmp_path: Path
) -> None:
    words = spoken("Four hours of steady work faced us.").samples
    rest = np.zeros(round(1.5 * SAMPLE_RATE), np.float32)
    path = tmp_path / "pause.wav"
    path.write_bytes(encode_wav(Audio(np.concatenate([rest, words, rest, words, rest]))))
    made = studio.create_profile("Pia", [Clip(path, shorten_pauses=True)], consent="yes")
    first = made.segments[0]
    assert first.report.pauses_shortened_s > 0.8
    undone = studio.set_trim(made.id, first.id, trim=False).segments[0]
    assert undone.report.trimmed_start_s == 0
    assert undone.report.pauses_shortened_s == first.report.pauses_shortened_s
    again = studio.set_trim(made.id, undone.id, trim=True).segments[0]
    assert again.duration_s == first.duration_s
    long = studio.set_pauses(made.id, again.id, shorten=False).segments[0]
    assert long.report.pauses_shortened_s == 0
    assert long.duration_s == pytest.approx(
        first.duration_s + first.report.pauses_shortened_s, abs=0.01
    )
    assert long.report.trimmed_start_s == again.report.trimmed_start_s, "the ends stay cut"


def test_each_clip_keeps_who_allowed_it(studio: Studio, tmp_path: Path) -> None:
    second = tmp_path / "second.wav"
    second.write_bytes(encode_wav(spoken("Glue the sheet to the dark blue background.")))
    third = tmp_path / "third.wav"
    third.write_bytes(encode_wav(spoken("These days a chicken leg is a rare dish.")))
    studio.add_clips("anna", [Clip(second)], consent=" Anna allowed\nthis one too. ")
    made = studio.add_clips("anna", [Clip(third)])
    assert made.consent.statement == "I am the speaker."
    own, later, plain = made.segments
    assert (own.consent, plain.consent) == (None, None)
    assert later.consent is not None
    assert later.consent.statement == "Anna allowed this one too."
    studio.set_transcript("anna", later.id, "Other words.")
    archive = studio.export_profile("anna", str(tmp_path / "anna.voiceprofile"))
    there = studio.import_profile(str(archive)).segments[1]
    assert there.consent == later.consent
    with pytest.raises(ConsentError):
        studio.add_clips("anna", [Clip(third, trim=False)], consent="  ")
    assert "Anna allowed this one too." in details(studio.profile("anna"), {})


def test_a_starter_voice_with_a_persons_clip_is_that_persons(
    studio: Studio, clip_file: Path
) -> None:
    (starter, *_) = studio.add_starter_voices()
    with pytest.raises(ConsentError, match="who allowed"):
        studio.add_clips(starter.id, [Clip(clip_file)])
    assert studio.profile(starter.id) == starter
    made = studio.add_clips(starter.id, [Clip(clip_file)], consent="I am the speaker.")
    assert made.starter is False
    assert "starter" not in made.tags
    assert made.consent.statement == "I am the speaker."
    assert made.segments[0].consent == starter.consent, "it is still true of this clip"
    assert made.segments[1].consent is None
    card = voice_card(made, "")
    assert "tarter" not in card


def test_strings_are_taken_wherever_a_path_is(studio: Studio, clip_file: Path) -> None:
    report = studio.examine(str(clip_file)).report
    made = studio.create_profile("Str", [Clip(str(clip_file), emotion="calm")], consent="yes")
    assert made.segments[0].report == report
    assert made.segments[0].emotion is Emotion.CALM
    assert made.segments[0].source_name == clip_file.name


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": b"Ben"}, "name must be a string, not bytes"),
        ({"name": None}, "name must be a string, not nothing"),
        ({"consent": b"yes"}, "consent statement must be a string"),
        ({"language": None}, "language must be a string"),
        ({"language": "xx"}, "'xx' is not a language code"),
        ({"tags": "warm"}, "tags must be a list of strings, not a string"),
        ({"tags": [1]}, "tags must be strings; a number"),
        ({"clips": "boy.wav"}, r"list of Clip, such as \[Clip\('anna.wav'\)\]"),
        ({"clips": [Path("boy.wav")]}, "list of Clip"),
        ({"clips": Clip("boy.wav")}, "list of Clip"),
        ({"prompting": 3}, "prompting '3'"),
    ],
)
def test_what_is_of_another_kind_is_a_sentence(
    studio: Studio, changed: dict[str, Any], says: str
) -> None:
    asked = {"name": "Ben", "clips": [Clip("boy.wav")], "consent": "yes"} | changed
    with pytest.raises(StudioError, match=says):
        studio.create_profile(**asked)
    assert names(studio) == ["Anna"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"path": None}, "path or a string, not nothing"),
        ({"path": b"boy.wav"}, "path or a string, not bytes"),
        ({"emotion": "grumpy"}, "'grumpy'. Choose one of: neutral, happy"),
        ({"emotion": 3}, "emotion '3'"),
        ({"transcript": b"words"}, "transcript must be a string"),
    ],
)
def test_a_clip_says_at_once_what_is_wrong_with_it(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionsError, match=says):
        Clip(**{"path": "boy.wav"} | changed)


def test_the_original_is_kept_as_it_came(studio: Studio, clip_file: Path) -> None:
    metadata = studio.profile("anna")
    original = studio.store.original(metadata.id, metadata.segments[0].id)
    assert original is not None
    expected = decode_flac(original)
    assert expected.duration_s == pytest.approx(studio.examine(clip_file).original.duration_s)


def test_a_loud_float_recording_is_kept_in_shape(studio: Studio, tmp_path: Path) -> None:
    """Float files may go beyond full scale; FLAC cannot, and must not clip them."""
    import soundfile

    voice = spoken("Four hours of steady work faced us.").samples
    path = tmp_path / "hot.wav"
    soundfile.write(path, voice / np.max(np.abs(voice)) * 3.0, SAMPLE_RATE, subtype="FLOAT")
    made = studio.create_profile("Hot", [Clip(path)], consent="yes")
    original = studio.store.original(made.id, made.segments[0].id)
    assert original is not None
    kept = decode_flac(original).samples
    assert np.mean(np.abs(kept) > 0.99) < 0.001
    assert made.segments[0].report.true_peak_dbtp is not None
    assert made.segments[0].report.true_peak_dbtp <= -0.99


@pytest.mark.parametrize("name", ["", "   ", "\x00\x01", "\u202e", "x" * 300])
def test_names_that_cannot_be_shown_are_refused(studio: Studio, clip_file: Path, name: str) -> None:
    with pytest.raises(ProfileNameError):
        studio.create_profile(name, [Clip(clip_file)], consent="yes")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b\\c", "CON", "Ада 🎙️", "<img onerror=alert(1)>", "أحمد"]
)
def test_strange_names_are_only_names(studio: Studio, clip_file: Path, name: str) -> None:
    made = studio.create_profile(name, [Clip(clip_file)], consent="yes")
    assert studio.find(name) == made
    root = studio.settings.profiles_dir / "local"
    assert (root / made.id / "metadata.json").is_file()
    assert {path.parent for path in studio.settings.profiles_dir.parent.rglob("metadata.json")} == {
        root / entry.id for entry in studio.profiles()
    }


def test_starter_voices_come_once(studio: Studio) -> None:
    added = studio.add_starter_voices()
    assert 3 <= len(added) <= 4
    assert all(metadata.starter for metadata in added)
    studio.delete(added[0].id)
    assert studio.add_starter_voices() == []
    assert added[0].name not in names(studio)


def test_deleting_can_be_undone(studio: Studio) -> None:
    before = studio.profile("anna")
    ticket = studio.delete("anna")
    assert names(studio) == []
    assert studio.undo_delete(ticket) == before
    assert studio.speak("anna", "Here again.").audio().duration_s > 0.3


def test_an_export_speaks_elsewhere(studio: Studio, tmp_path: Path) -> None:
    path = studio.export_profile("anna", tmp_path / "anna.voiceprofile")
    with Studio.open(tmp_path / "elsewhere") as other:
        there = other.import_profile(path)
        here = studio.profile("anna")
        assert [s.sha256 for s in there.segments] == [s.sha256 for s in here.segments]
        assert there.consent == here.consent
        request = SpeechRequest(seed=3, temperature=0.5)
        other.tune(there.id)  # what was made of the clips does not go with them
        np.testing.assert_allclose(
            other.speak("anna", "The same voice.", request).audio().samples,
            studio.speak("anna", "The same voice.", request).audio().samples,
            atol=1e-4,
        )


@pytest.mark.parametrize("voice", [3, None, b"anna", ["anna"]])
def test_a_voice_that_is_no_name_is_a_sentence(studio: Studio, voice: Any, tmp_path: Path) -> None:
    for act in (
        studio.find, studio.find_deleted, studio.undo_delete, studio.profile, studio.delete,
        lambda voice: studio.duplicate(voice, "Ben"),
        lambda voice: studio.export_profile(voice, tmp_path / "a.voiceprofile"),
        lambda voice: studio.speak(voice, "Hello."),
        lambda voice: studio.compare("Hello.", [voice]),
    ):  # fmt: skip
        with pytest.raises(StudioError, match="voice"):
            act(voice)
    assert names(studio) == ["Anna"]
