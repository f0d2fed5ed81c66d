"""The player of streamed speech, and how fast speech is made."""
