"""What the sound and the text say: voice activity, speaker, prosody, sentiment."""
