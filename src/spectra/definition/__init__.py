"""What a user writes about a source: model, loader with line and column, scaffold. Pure."""
