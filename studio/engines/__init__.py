"""Engines turn (context, text) into frames of speech. ``base`` is the contract."""
