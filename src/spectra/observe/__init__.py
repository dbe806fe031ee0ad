"""Where what happens is told to machines: lines of JSON, figures for a monitoring system."""
