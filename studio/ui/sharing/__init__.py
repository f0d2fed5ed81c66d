"""The gate of a page that many people share: what belongs to one is not there for another."""
