"""One utterance, and what is made of several: long texts, comparisons, conversations."""
