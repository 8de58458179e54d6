"""Training of the second opinion on harms (`safety/text/learned.py`), and its figures on lists it never saw."""
