"""Documents about an API, read into one description whatever their format; nothing is fetched."""
