"""Data of the labels: wording by language, outlines of shaped scripts, the spoken label."""
