"""Where SQL text runs."""
