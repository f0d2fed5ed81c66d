"""Voices as one file: written, and read from anywhere."""
