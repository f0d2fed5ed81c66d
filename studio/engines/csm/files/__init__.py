"""CSM's weights as files: fetched, checked, and the shape that they tell."""
