"""Telling people what a run came to: after it, outside its lock, and never a reason for it to fail."""
