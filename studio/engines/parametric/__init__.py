"""The voice that is always there: espeak-ng speaks, carried onto the person."""
