"""A studio that many people share: whose voices these are, for how long, and who comes next."""
