"""Who approves what: the firm's policy, the chain it gives a draft, and whether a person may take a step."""
