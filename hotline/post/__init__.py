"""Carries mails to the city's mail server."""
