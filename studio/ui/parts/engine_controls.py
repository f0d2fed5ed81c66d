"""What the controls of delivery do with the engine that will speak, in words for people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from studio.errors import StudioError
from studio.types import Emotion, SpeechOptions

if TYPE_CHECKING:
    from studio.studio import Studio

DEFAULT_TOP_K: Final = SpeechOptions.top_k
MAX_SHOWN_TOP_K: Final = 200
"""Where the slider ends: beyond it hardly any more of what could be chosen ever is."""

TOP_K_INFO: Final = "It chooses among this many of the likeliest sounds. Fewer is steadier."

CLOSENESS_LABEL: Final = "Closeness to the person"
CLOSENESS: Final = "0 is most natural, 1 is closest to the person."
NO_CLOSENESS: Final = "Nothing to set with this engine: it speaks in the person's own voice."


@dataclass(frozen=True)
class EngineControls:
    """The controls: what can be set, and what each says of itself."""

    takes_emotion: bool
    emotion: str
    variation: str
    variation_info: str
    takes_closeness: bool
    closeness: str
    takes_top_k: bool

    def for_emotion(self) -> dict[str, Any]:
        """Properties of what chooses the emotion; one that is not taken must not look chosen."""
        back = {} if self.takes_emotion else {"value": Emotion.NEUTRAL.value}
        return {"info": self.emotion, "interactive": self.takes_emotion} | back


def delivery_of(studio: Studio, engine: str | None) -> EngineControls:
    """The controls for ``engine``; None is the studio's own choice."""
    try:
        can = studio.engine_info(engine).capabilities
    except StudioError:
        return EngineControls(False, ABSENT, "Variation", ABSENT, False, ABSENT, False)
    samples = "clones" in can or "top_k" in can
    return EngineControls(
        takes_emotion="emotion" in can or "emotion_clips" in can,
        emotion=_emotion_info(can),
        variation="Variation" if samples else "Expressiveness",
        variation_info=SAMPLED if samples else PROSODY,
        takes_closeness="closeness" in can,
        closeness=CLOSENESS if "closeness" in can else NO_CLOSENESS,
        takes_top_k="top_k" in can,
    )


def _emotion_info(can: Collection[str]) -> str:
    match ("emotion" in can, "emotion_clips" in can):
        case (True, True):
            return f"Changes {SHAPED}, {LIKE_CLIPS}. {AUTO_INFO}"
        case (True, False):
            return f"Changes {SHAPED}. {AUTO_INFO}"
        case (False, True):
            return f"Speaks {LIKE_CLIPS}. {AUTO_INFO}"
        case _:
            return NO_EMOTION


def clip_emotion_info(studio: Studio) -> str:
    """What the emotion of a clip is good for with the engines that are ready here."""
    learners = [
        status.name
        for status in studio.engines()
        if status.info is not None and "emotion_clips" in status.info.capabilities
    ]
    if not learners:
        return "How it was spoken. It is kept with the clip; no engine here learns from it yet."
    return (
        f"How it was spoken. It teaches {' and '.join(learners)} how this person's pitch and pace "
        "change with that emotion."
    )


ABSENT: Final = "The chosen engine cannot speak here. Settings says why, and offers others."
SHAPED: Final = "pitch, pace, pauses and loudness"
LIKE_CLIPS: Final = "like the voice's clips of that emotion if it has some"
AUTO_INFO: Final = "Auto follows the words that are said."
NO_EMOTION: Final = "This engine takes no emotion: it speaks as the voice does in its recordings."
PROSODY: Final = "0: the same each time; higher: livelier."
SAMPLED: Final = (
    "How freely the model draws its sounds (sampling temperature). It adds no feeling; 0 always "
    "takes the likeliest."
)
