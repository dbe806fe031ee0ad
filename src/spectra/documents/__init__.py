"""YAML as people write it: values with their places, within limits, and how a finding about them is worded. Pure."""
