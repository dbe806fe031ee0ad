"""What a source offers: its endpoints, and which ids feed which paths. Pure."""
