"""A clip as it is heard best: the average of its channels, or the one that holds the voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from studio.audio.levels import Levels, measure_levels
from studio.clips.clean import without_dc
from studio.clips.decoding.decode import DecodedClip
from studio.clips.hum import Hum, without_hum
from studio.clips.quality import snr_db
from studio.clips.voice_activity import SpeechActivity, speech_activity
from studio.types import Audio

_CLEARER_DB: Final = 3.0
"""A gain in clearness that is worth leaving the other channels out."""

_AS_MUCH: Final = 0.5
"""A channel with a smaller part of the speech than this leaves somebody out."""


@dataclass(frozen=True, eq=False)
class HeardClip:
    """What was heard in a clip: as recorded (``centred``), and ``voice`` without its hum."""

    clip: DecodedClip
    centred: Audio
    voice: Audio
    hum: Hum | None
    levels: Levels
    activity: SpeechActivity

    def clearness_db(self) -> float:
        """How far the voice is above the noise and hum; as good as nothing where nobody speaks."""
        levels = self.levels if self.hum is None else measure_levels(self.centred)
        ratio = snr_db(levels, self.activity.spans)
        return -120.0 if ratio is None else ratio


def hear_clearest(decoded: DecodedClip) -> HeardClip:
    """``decoded``, or the one of its ``rivals`` that holds the same voice more clearly."""
    usual = _hear(decoded)
    if not decoded.rivals:
        return usual
    rivals = [_hear(rival) for rival in decoded.rivals]
    most_s = max(one.activity.speech_s for one in (usual, *rivals))
    usual_db = usual.clearness_db()
    clearer = [
        one
        for one in rivals
        if one.activity.spans
        and one.activity.speech_s >= _AS_MUCH * most_s
        and one.clearness_db() >= usual_db + _CLEARER_DB
    ]
    return max(clearer, key=HeardClip.clearness_db, default=usual)


def _hear(clip: DecodedClip) -> HeardClip:
    centred = without_dc(clip.audio)
    # First of all: hum shifts the edges of words and passes for the pitch of a voice.
    voice, hum = without_hum(centred)
    levels = measure_levels(voice)
    return HeardClip(clip, centred, voice, hum, levels, speech_activity(voice, levels))
