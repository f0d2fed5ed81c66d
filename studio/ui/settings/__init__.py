"""The Settings tab: engines, and fetching weights."""
