"""The scripts Asterisk runs during a call: short, and each may fail without the call noticing."""
