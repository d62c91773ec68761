"""Commands as a person types them, each with its result, its remarks and its exit status."""
