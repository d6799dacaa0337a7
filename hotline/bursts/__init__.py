"""The same matter told by several citizens: how alike two messages are, and which belong together."""
