"""The rules of calls, seats and tickets: standard library only, no I/O, no clock of its own."""
