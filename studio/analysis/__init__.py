"""What tools that learned from data say about sound and text; each module loads its own lazily."""
