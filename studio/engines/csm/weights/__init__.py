"""CSM's matrices: in few bits, packed, and multiplied in C."""
