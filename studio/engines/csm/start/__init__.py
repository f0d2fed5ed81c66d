"""From the files to a model that is ready."""
