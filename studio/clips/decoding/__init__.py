"""Any file to sound, in a process of its own."""
