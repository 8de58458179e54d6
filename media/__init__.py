"""Pictures and sound: shapes, probing, decoding, encoding, sanitising. No policy."""
