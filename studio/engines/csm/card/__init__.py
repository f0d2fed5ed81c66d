"""The same frame on a graphics card, as one captured graph."""
