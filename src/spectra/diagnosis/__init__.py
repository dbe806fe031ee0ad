"""A source tried step by step, from its definition to its lakehouse, without a row being written."""
