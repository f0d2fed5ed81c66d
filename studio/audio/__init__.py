"""Sound as numbers: decode, clean, measure and write clips, in plain numpy."""
