"""C where torch leaves a processor's speed unused: compiled on the spot, never required."""
