"""Papers that are printed and sealed: PDF with the fonts found on this machine."""
