"""Requests that were recorded or saved, HAR and Postman: told apart by what they ask, stripped of secrets."""
