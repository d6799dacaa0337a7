"""How long a test waits for what has to come: a machine that does much else is slow, not wrong."""

PATIENCE_S = 60.0
PATIENCE_MS = PATIENCE_S * 1000
