"""What all owners of a studio share: the engines, the memory for voices and talks, the work in the
background, and the turns that they take."""

from __future__ import annotations

from studio.core.closing import Closing
from studio.core.engines.contexts import ContextMemory
from studio.core.engines.pool import EnginePool, engine_setup
from studio.core.engines.tuning import VoiceTuning
from studio.core.engines.turns import Turns
from studio.core.speech.talk_contexts import ConversationContexts
from studio.settings import Settings


class Workshop(Closing):
    """Thread-safe. Nothing in it belongs to one owner for longer than ``forget``."""

    def __init__(self, settings: Settings) -> None:
        self.engines = EnginePool(engine_setup(settings))
        self.memory = ContextMemory(round(settings.voices_mb * 1e6))
        self.talks = ConversationContexts(round(settings.talks_mb * 1e6))
        self.tuning = VoiceTuning()
        self.turns = Turns(
            slots=settings.turns_at_once if settings.is_shared else None,
            most_waiting=settings.turns_waiting,
            most_waiting_each=settings.turns_waiting_each,
            most_an_hour=settings.turns_an_hour,
        )

    def forget(self, owner: str) -> None:
        """Let go of everything of ``owner``, and end the work for them."""
        self.tuning.forget(owner)
        self.memory.forget(owner)
        self.turns.forget(owner)

    def close(self) -> None:
        self.tuning.close()
        self.engines.close()
