"""The voice that is always there: espeak-ng speaks, WORLD carries it onto the person."""
