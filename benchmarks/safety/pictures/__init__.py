"""Evaluation of the picture index; see `__main__`."""
