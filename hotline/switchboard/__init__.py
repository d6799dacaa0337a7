"""The rooms of the switch process: facts in order, seats in the queues, commands, Redis, recordings."""
