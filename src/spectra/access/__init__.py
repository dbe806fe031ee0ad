"""How one talks to a REST source, without talking: requests, answers, rules. Pure."""
