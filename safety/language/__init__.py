"""Optional language models that read texts beside the bundled screen: from a local folder, through transformers.

`guard` asks a moderation model for its verdict, `sentences` compares meanings. Neither is needed, and whoever
configures one never falls back to working without it.
"""
