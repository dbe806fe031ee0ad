"""What is asked of rows, compiled to SQL text that an engine runs. Pure."""
