"""What stands in a text besides words, in words: numbers, dates, addresses, letters."""
