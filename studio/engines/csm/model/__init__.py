"""CSM's network: from rows of the prompt to the codes of a frame."""
