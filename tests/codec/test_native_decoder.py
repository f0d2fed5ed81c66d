"""The decoder in C against the one in torch, for each width of vectors that it has."""

from __future__ import annotations

import copy
import platform

import pytest
import torch

from studio.codec.decoder_transformer import DecoderTransformer, KeysAndValues
from studio.codec.mimi_weights import MimiWeights
from studio.codec.native_decoder import SOURCE, NativeDecoder
from studio.codec.seanet import Seanet
from studio.native.library import NativeUnavailableError, compile_library

CPU = torch.device("cpu")
ON_X86 = platform.machine() in {"x86_64", "AMD64"}


@pytest.fixture(scope="module")
def parts(weights: MimiWeights) -> tuple[DecoderTransformer, Seanet]:
    return DecoderTransformer(weights, CPU), Seanet(weights, CPU)


@pytest.mark.parametrize("flags", [(), ("-mno-avx512f",), ("-mno-avx",)], ids=str)
def test_the_sound_and_what_is_carried_are_those_of_torch(
    parts: tuple[DecoderTransformer, Seanet], flags: tuple[str, ...]
) -> None:
    if flags and not ON_X86:
        pytest.skip("this processor has one width of vectors")
    try:
        library = compile_library(SOURCE, flags)
    except NativeUnavailableError as error:
        pytest.skip(f"the decoder cannot be compiled here: {error}")
    transformer, seanet = parts
    native = NativeDecoder(library, transformer, seanet)
    generator = torch.Generator().manual_seed(0)
    seen, carried = KeysAndValues.empty(11, CPU), seanet.start()
    seen.position = 240  # the ring is full soon, and begins again
    seen.keys.normal_(generator=generator)
    seen.values.normal_(generator=generator)
    for one in carried:
        one.normal_(std=0.1, generator=generator)
    other_seen, other_carried = copy.deepcopy((seen, carried))
    with torch.inference_mode():
        for steps in (1, 2, 3, 8, 11, 5, 11):
            chunk = torch.randn(steps, 512, generator=generator)
            sound = native(chunk, seen, carried)
            expected = seanet(transformer(chunk, other_seen), other_carried)
            torch.testing.assert_close(sound, expected, rtol=0, atol=1e-5)
        assert seen.position == other_seen.position
        for made, wanted in zip(
            (seen.keys, seen.values, *carried),
            (other_seen.keys, other_seen.values, *other_carried),
            strict=True,
        ):
            torch.testing.assert_close(made, wanted, rtol=1e-4, atol=1e-4)
