"""A test-management API that is invented from a seed and served on loopback, to show every stage against."""
