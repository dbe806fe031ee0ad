"""The seven stages decide here and act through ports."""
