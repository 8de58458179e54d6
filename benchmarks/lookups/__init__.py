"""How long Verify's look-ups take in a ledger of a million releases; see `__main__`."""
