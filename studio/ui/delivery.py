"""What the controls of delivery do with the engine that will speak, in words for people."""

from __future__ import annotations

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


@dataclass(frozen=True)
class Delivery:
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


def delivery_of(studio: Studio, engine: str | None) -> Delivery:
    """The controls for ``engine``; None is the studio's own choice."""
    try:
        can = studio.engine_info(engine).capabilities
    except StudioError:
        return Delivery(False, ABSENT, "Variation", ABSENT, False, ABSENT, False)
    feels = "emotion" in can or "emotion_clips" in can
    samples = "clones" in can or "top_k" in can
    follows = "closeness" in can
    return Delivery(
        takes_emotion=feels,
        emotion=EMOTION if feels else NO_EMOTION,
        variation="Variation" if samples else "Expressiveness",
        variation_info=SAMPLED if samples else PROSODY,
        takes_closeness=follows,
        closeness=CLOSENESS if follows else NO_CLOSENESS,
        takes_top_k="top_k" in can,
    )


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
        f"How it was spoken. With {' or '.join(learners)}, clips of an emotion teach the voice "
        f"that emotion."
    )


ABSENT: Final = "The chosen engine cannot speak here. Settings says why, and offers others."
EMOTION: Final = "Auto follows the words that are said."
NO_EMOTION: Final = "This engine takes no emotion: it speaks as the voice does in its recordings."
PROSODY: Final = "How much pitch and timing vary. 0 says it the same way each time."
SAMPLED: Final = (
    "How freely the model draws its sounds (sampling temperature). It adds no feeling; 0 always "
    "takes the likeliest."
)
CLOSENESS: Final = "0 keeps the words clearest, 1 comes closest to the voice."
NO_CLOSENESS: Final = "Nothing to set with this engine: it does not bend one voice towards another."
