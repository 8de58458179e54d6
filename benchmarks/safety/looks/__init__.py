"""How much each feature of a protected character says, counted in harmless prompts."""
