"""What the facade is made of: making voices, keeping them ready, speaking, comparing."""
