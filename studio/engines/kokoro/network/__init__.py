"""Kokoro-82M: its parts in the packages, and its two halves."""
