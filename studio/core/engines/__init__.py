"""Engines at work: which one runs, the voices that it keeps, the tuning in the background."""
