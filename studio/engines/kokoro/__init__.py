"""Kokoro-82M with a style fitted to the person: the engine that is always there."""
