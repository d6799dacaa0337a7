"""Brings what the hotline needs onto a machine; standard library only, as it runs before anything else."""
