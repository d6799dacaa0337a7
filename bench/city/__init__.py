"""A city with a million tickets: made by fast inserts, asked and written as the program does it."""
