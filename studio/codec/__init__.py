"""Mimi, the codec that CSM speaks through: sound to codes, and codes to sound as they come."""
