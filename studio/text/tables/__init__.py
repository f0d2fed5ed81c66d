"""One table for each language: its numbers, dates, money, units, abbreviations and signs."""
