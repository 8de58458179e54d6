"""Screening of requests, references and outputs. Fails closed. No engine, no user interface."""
