"""Who comes by on a shared page: the studio of each, how long it is theirs, and its end."""
