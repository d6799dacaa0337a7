"""Makes the small speech model that ships with the hotline, from synthetic speech alone."""
