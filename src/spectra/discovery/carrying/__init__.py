"""What comes over from another tool's configuration, and a finding for everything that does not."""
