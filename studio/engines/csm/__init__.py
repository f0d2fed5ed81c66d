"""CSM-1B: the person's own voice, streamed frame by frame."""
