"""Making a voice from clips, changing it, and what is kept of it."""
