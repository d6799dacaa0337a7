"""Learns from labelled messages what a citizen's words are about; scikit-learn stays inside this package."""
