"""The low-code manifest of an Airbyte connector."""
