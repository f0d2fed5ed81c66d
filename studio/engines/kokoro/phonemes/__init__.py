"""Text to the phonemes that the network knows."""
