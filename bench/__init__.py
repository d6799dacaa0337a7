"""Measures the hotline on this machine: `python -m bench [NAME]`, all measurements or one."""
