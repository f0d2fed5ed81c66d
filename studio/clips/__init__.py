"""A recording that somebody hands in: decoded, cleaned, judged, and where it speaks."""
