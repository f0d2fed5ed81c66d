"""The prompt and the talk: what is read, when sentences end, what is said anew."""
