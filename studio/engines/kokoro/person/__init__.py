"""The style of a person: the prior of voices, what is learnt from clips, and the tuning."""
