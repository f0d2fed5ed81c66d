"""CSM on this machine: its start, its memory, its pace, beside transformers on the same weights.

Without weights here they are random: neither time nor memory depends on them, but nothing can be
said about the sound. What quantising does to that is ``csm_quality``'s to say.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace

from bench import codec, csm_speaking, csm_start, csm_switching
from bench.csm_baseline import Transformers
from bench.csm_speaking import Extent
from bench.csm_voice import starter
from bench.csm_weights import CsmOptions, CsmSubject, choose
from bench.figures import Figure
from bench.material import Setting
from bench.random_csm import write_checkpoint
from bench.speech import FIRST_SENTENCES
from studio.engines.base import EngineSetup
from studio.engines.csm.engine import CsmEngine
from studio.engines.csm.files.checkpoint import open_checkpoint
from studio.engines.csm.model.kv import KvBuffers
from studio.engines.csm.start.loading import Plan
from studio.types import SAMPLE_RATE, Audio, Segment

VOICE_S = 10.0
TEXT = FIRST_SENTENCES[0]
# The tokenizer of the random weights knows single bytes: as many of them as the real one makes
# tokens of a sentence of ten words, and of ten seconds of speech.
BYTES_OF_TEXT = "Well, hello!"
BYTES_OF_VOICE = "This is the voice that is to be read once."

QUICK = Extent(rounds=1, frames=16, baseline_frames=3)
ON_PROCESSOR = Extent(rounds=3, frames=16, baseline_frames=4)
ON_CARD = Extent(rounds=5, frames=64, baseline_frames=32)


def measure(setting: Setting) -> list[Figure]:
    subject = setting.csm or choose(CsmOptions())
    model = subject.folder or write_checkpoint(setting.folder / "model")
    kinds = subject.kinds[:1] if setting.quick else subject.kinds
    setups = [
        EngineSetup(str(model), kind, device=subject.device, cache_dir=setting.folder)
        for kind in kinds
    ]
    made = [figure for setup in setups for figure in csm_start.figures(setup, quick=setting.quick)]
    baseline = Transformers(model, subject.device)
    extent = ON_CARD if subject.device == "cuda" else ON_PROCESSOR
    extent = QUICK if setting.quick else extent
    for setup in setups:
        made += _speech(setup, baseline, extent, *_material(subject))
        gc.collect()
    if subject.device == "cpu":
        made += codec.decoding(setting, sizes=(4,))
    return made


def _material(subject: CsmSubject) -> tuple[Segment, str]:
    """The clip that is the voice, and what it says."""
    clip = starter().clips[0]
    assert clip.audio is not None
    share = min(1.0, VOICE_S / clip.audio.duration_s)
    words = clip.transcript.split()
    voice = replace(
        clip,
        audio=Audio(clip.audio.samples[: round(VOICE_S * SAMPLE_RATE)]),
        transcript=" ".join(words[: round(share * len(words))]),
    )
    if subject.random:
        return replace(voice, transcript=BYTES_OF_VOICE), BYTES_OF_TEXT
    return voice, TEXT


def _speech(
    setup: EngineSetup, baseline: Transformers, extent: Extent, voice: Segment, text: str
) -> Iterator[Figure]:
    """Figures of the model once it is loaded."""
    checkpoint = open_checkpoint(setup.model)
    plan = Plan.choose(setup.quantize, setup.device)
    engine = CsmEngine(checkpoint, setup)
    engine.load()
    kept = engine.prepare([voice])
    times = csm_speaking.take_times(engine, voice, kept, text, baseline, extent)
    yield from csm_speaking.figures(setup, voice, times)
    buffers = KvBuffers(checkpoint.shape.backbone, plan.dtype, plan.device)
    yield from csm_switching.figures(engine, setup, buffers, kept)
    engine.close()
