"""Reference messages against this lab: decoding, protection, and replay to the firmware."""
