"""What `hotline run` is made of: which processes there are, when each is ready, and how each is ended."""
