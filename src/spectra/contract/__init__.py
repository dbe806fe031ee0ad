"""What is promised: contracts in the Open Data Contract Standard, their tables and their guarantees. Pure."""
